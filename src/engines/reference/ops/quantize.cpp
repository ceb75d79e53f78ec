#include "engines/reference/ops/quantize.h"

#include <string>

#include "engines/reference/quantization.h"

namespace headrace::reference {
namespace {

Tensor zero_point(const OpCall& call) { return call.has(2) ? call.input(2) : Tensor(); }

// Index of the scale that element i of a tensor uses: (i / inner) % scales.
Result<size_t> inner_size(const OpCall& call, const Quantization& quantization) {
  if (call.node.int_attribute("block_size", 0) != 0)
    return unsupported("the reference engine does not know blocked quantisation");
  if (quantization.scales.empty()) return invalid_model("its scale is empty");
  if (quantization.per_tensor()) return 1;
  const Dims& dims = call.input().dims();
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", 1), call.input().rank()));
  if (dims[static_cast<size_t>(axis)] != static_cast<int64_t>(quantization.scales.size()))
    return invalid_model(std::to_string(quantization.scales.size()) + " scales for axis " + std::to_string(axis) + " of shape " +
                         to_string(dims));
  return static_cast<size_t>(product(dims, static_cast<size_t>(axis) + 1));
}

// The type of the codes: the zero point's, else the attribute's, else uint8.
DType code_type(const OpCall& call) {
  if (call.has(2)) return call.input(2).dtype();
  const auto attribute = static_cast<DType>(call.node.int_attribute("output_dtype", 0));
  return attribute == DType::kUndefined ? DType::kUint8 : attribute;
}

}  // namespace

Result<Tensors> quantize_linear(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const Quantization quantization, quantization_from(call.input(1), zero_point(call), code_type(call)));
  HEADRACE_TRY(const size_t inner, inner_size(call, quantization));
  const CodeRange range = range_of(quantization.dtype);
  std::vector<int32_t> codes(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t channel = i / inner % quantization.scales.size();
    codes[i] = to_code(x[i] / quantization.scales[channel], quantization.zeros[channel], range);
  }
  return Tensors{tensor_of_codes(quantization.dtype, call.input().dims(), codes)};
}

Result<Tensors> dequantize_linear(const OpCall& call) {
  const Tensor& x = call.input();
  HEADRACE_TRY(const Quantization quantization, quantization_from(call.input(1), zero_point(call), x.dtype()));
  HEADRACE_TRY(const size_t inner, inner_size(call, quantization));
  const std::vector<int32_t> codes = codes_of(x);
  Tensor y = Tensor::allocate(DType::kFloat32, x.dims());
  auto to = y.as_mutable<float>();
  for (size_t i = 0; i < codes.size(); ++i) {
    const size_t channel = i / inner % quantization.scales.size();
    to[i] = static_cast<float>(int64_t{codes[i]} - quantization.zeros[channel]) * quantization.scales[channel];
  }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
