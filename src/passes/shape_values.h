// What is known of a small integer tensor that a graph computes from shapes: the Shape, Gather, Unsqueeze, Concat chains in front
// of a Reshape. Each element is a number, or "the extent of axis 0 of x", which stays so while the batch is dynamic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/model.h"

namespace headrace::passes {

struct ShapeElement {
  std::optional<int64_t> number;
  const Value* of = nullptr;  // where there is no number: the extent of `axis` of this value; nullptr: not known at all
  size_t axis = 0;
};

struct ShapeVector {
  bool scalar = false;  // rank 0, with one element; rank 1 otherwise
  std::vector<ShapeElement> elements;
};

// nullopt when `value` is not an int64 scalar or vector that comes from shapes and constants alone.
std::optional<ShapeVector> shape_vector(const Value* value);
// The tensor, when every element is a number.
std::optional<Tensor> as_tensor(const ShapeVector& vector);

}  // namespace headrace::passes
