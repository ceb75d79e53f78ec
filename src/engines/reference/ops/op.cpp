#include "engines/reference/ops/op.h"

#include <string>

namespace headrace::reference {

Result<std::span<const float>> floats(const OpCall& call, size_t index) {
  const Tensor& tensor = call.input(index);
  if (tensor.dtype() != DType::kFloat32)
    return unsupported("the reference engine computes it in float32 only; input " + std::to_string(index) + " is " +
                       std::string(to_string(tensor.dtype())));
  return tensor.as<float>();
}

Result<std::vector<int64_t>> integers(const OpCall& call, size_t index, std::vector<int64_t> otherwise) {
  if (!call.has(index)) return otherwise;
  return to_int64_vector(call.input(index));
}

Result<std::optional<std::vector<int64_t>>> attribute_or_input(const OpCall& call, std::string_view attribute, size_t index) {
  if (call.node.attribute(attribute) != nullptr) return std::optional(call.node.ints_attribute(attribute));
  if (!call.has(index)) return std::optional<std::vector<int64_t>>();
  HEADRACE_TRY(std::vector<int64_t> values, to_int64_vector(call.input(index)));
  return std::optional(std::move(values));
}

Result<int64_t> axis_in(int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    return invalid_model("axis " + std::to_string(axis) + " is outside of a tensor of rank " + std::to_string(rank));
  return axis < 0 ? axis + rank : axis;
}

Result<Tensor> new_tensor(DType dtype, Dims dims) {
  HEADRACE_TRY(const int64_t count, element_count(dims));
  if (count > (int64_t{1} << 40)) return invalid_model("a tensor of shape " + to_string(dims) + " fits no memory");
  return Tensor::allocate(dtype, std::move(dims));
}

int64_t product(const Dims& dims, size_t begin, size_t end) {
  int64_t count = 1;
  for (size_t i = begin; i < end; ++i) count *= dims[i];
  return count;
}

}  // namespace headrace::reference
