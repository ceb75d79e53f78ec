#include <algorithm>
#include <string>

#include "engines/engine.h"

namespace headrace {
namespace {

std::string describe(DType dtype, const std::string& shape) { return std::string(to_string(dtype)) + shape; }
std::string describe(const TensorSpec& spec) { return describe(spec.dtype, to_string(spec.shape)); }
std::string describe(const Tensor& tensor) {
  return tensor.defined() ? describe(tensor.dtype(), to_string(tensor.dims())) : "no tensor";
}

bool fits(const Shape& shape, const Dims& dims) {
  return shape.size() == dims.size() && std::equal(shape.begin(), shape.end(), dims.begin(), [](const Dim& dim, int64_t extent) {
           return !dim.known() || dim.extent == extent;
         });
}

// What the caller probably did, where moving the channels or adding the batch dimension makes the tensor fit.
std::string hint(const Shape& want, const Dims& given) {
  if (given.size() == 4 && want.size() == 4) {
    if (fits(want, {given[0], given[3], given[1], given[2]})) return " (is it NHWC? transpose it or set layout=NCHW)";
    if (fits(want, {given[0], given[2], given[3], given[1]})) return " (is it NCHW? transpose it or set layout=NHWC)";
  }
  Dims batched = given;
  batched.insert(batched.begin(), 1);
  if (fits(want, batched)) return " (is the batch dimension missing?)";
  return "";
}

Status check_input(const TensorSpec& spec, const Tensor& tensor) {
  if (tensor.dtype() == spec.dtype && fits(spec.shape, tensor.dims())) return Ok{};
  return invalid_data("input '" + spec.name + "' wants " + describe(spec) + ", got " + describe(tensor) +
                      (tensor.dtype() == spec.dtype ? hint(spec.shape, tensor.dims()) : ""));
}

std::string list_of(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) text += (text.empty() ? "" : ", ") + spec.name + ": " + describe(spec);
  return text.empty() ? "none" : text;
}

}  // namespace

Status check_inputs(const Signature& signature, std::span<const Tensor> inputs) {
  const size_t want = signature.inputs.size();
  if (inputs.size() != want)
    return invalid_data("the model wants " + std::to_string(want) + (want == 1 ? " input (" : " inputs (") +
                        list_of(signature.inputs) + "), got " + std::to_string(inputs.size()));
  for (size_t i = 0; i < want; ++i) HEADRACE_CHECK(check_input(signature.inputs[i], inputs[i]));
  return Ok{};
}

}  // namespace headrace
