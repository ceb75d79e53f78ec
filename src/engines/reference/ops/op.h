// An ONNX operator as a plain function from tensors to tensors, and what such functions share to look at their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "ir/model.h"

namespace headrace::reference {

using Tensors = std::vector<Tensor>;

// One call of an operator: the node (for its attributes) and the tensors it reads.
struct OpCall {
  const Node& node;
  int64_t opset;  // of ai.onnx
  int threads;
  std::span<const Tensor> inputs;  // an optional one that is left out is undefined

  bool has(size_t index) const { return index < inputs.size() && inputs[index].defined(); }
  const Tensor& input(size_t index = 0) const { return inputs[index]; }
};

// Every output of the node, in order. Errors: invalid_model for tensors that do not fit the op, unsupported for types and modes
// beyond it.
using OpFunction = Result<Tensors> (*)(const OpCall&);

// The values of an input that must be float32; unsupported otherwise.
Result<std::span<const float>> floats(const OpCall& call, size_t index);
// The integers of an input of any integer type; `otherwise` when it is left out.
Result<std::vector<int64_t>> integers(const OpCall& call, size_t index, std::vector<int64_t> otherwise = {});
// What was an attribute in older opsets and is an input in newer ones ("axes"); nullopt where neither is given.
Result<std::optional<std::vector<int64_t>>> attribute_or_input(const OpCall& call, std::string_view attribute, size_t index);

// An axis counted from the front; invalid_model outside of [-rank, rank).
Result<int64_t> axis_in(int64_t axis, int rank);
// Storage for a result. Errors: invalid_model for negative extents or a size beyond any memory.
Result<Tensor> new_tensor(DType dtype, Dims dims);
// The product of dims[begin..end), which are extents of an existing tensor.
int64_t product(const Dims& dims, size_t begin, size_t end);
inline int64_t product(const Dims& dims, size_t begin) { return product(dims, begin, dims.size()); }

}  // namespace headrace::reference
