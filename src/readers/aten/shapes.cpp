#include "readers/aten/shapes.h"

#include <algorithm>
#include <limits>

namespace headrace::aten {
namespace {

// Whether `target[axis]` may be written as 0, which copies the extent that stands there in the input.
bool is_copied(const Value* value, const Shape& target, size_t axis) {
  if (!value->shape || axis >= value->shape->size()) return false;
  const Dim& from = (*value->shape)[axis];
  return !from.known() && !from.symbol.empty() && from == target[axis];
}

std::vector<Size> as_sizes(Value* value, const Shape& target, const std::vector<Size>& sizes) {
  std::vector<Size> result;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i].known()) result.push_back(Size::known(target[i].extent));
    else if (is_copied(value, target, i)) result.push_back(size_of(value, static_cast<int64_t>(i)));
    else if (i < sizes.size()) result.push_back(sizes[i]);
    else refuse("the shape of its result has more than one dimension that is known at run time alone");
  }
  return result;
}

}  // namespace

int64_t rank_of(const Value* value) {
  if (!value->shape) refuse("the rank of '" + value->name() + "' is not known");
  return static_cast<int64_t>(value->shape->size());
}

int64_t axis_of(int64_t axis, int64_t rank) {
  const int64_t axes = std::max<int64_t>(rank, 1);
  if (axis < -axes || axis >= axes) malformed("axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
  return axis < 0 ? axis + axes : axis;
}

Ints axes_of(Ints axes, const Value* value) {
  for (int64_t& axis : axes) axis = axis_of(axis, value);
  std::sort(axes.begin(), axes.end());
  return axes;
}

const Dim& dim_of(const Value* value, int64_t axis) {
  if (axis < 0 || axis >= rank_of(value)) malformed("axis " + std::to_string(axis) + " of " + value->name());
  return (*value->shape)[static_cast<size_t>(axis)];
}

int64_t extent_of(const Value* value, int64_t axis) {
  const Dim& dim = dim_of(value, axis);
  if (!dim.known())
    refuse("dimension " + std::to_string(axis) + " of its input is dynamic ('" + dim.symbol + "'), and must be constant");
  return dim.extent;
}

Size size_of(Value* value, int64_t axis) {
  const Dim& dim = dim_of(value, axis);
  return dim.known() ? Size::known(dim.extent) : Size::of(value, axis, dim.symbol);
}

std::vector<Size> sizes_of(Value* value) {
  std::vector<Size> sizes;
  for (int64_t axis = 0; axis < rank_of(value); ++axis) sizes.push_back(size_of(value, axis));
  return sizes;
}

std::vector<Size> known_sizes(const Ints& values) {
  std::vector<Size> sizes;
  for (const int64_t value : values) sizes.push_back(Size::known(value));
  return sizes;
}

Value* reshaped(Builder& b, Value* value, const Shape& target, const std::vector<Size>& sizes) {
  if (value->shape && *value->shape == target) return value;
  Ints constant;
  int inferred = 0;
  for (size_t i = 0; i < target.size(); ++i) {
    if (target[i].known()) constant.push_back(target[i].extent);
    else if (is_copied(value, target, i)) constant.push_back(0);
    else constant.push_back(-1), ++inferred;
  }
  // A zero extent would read as "copy", and leaves nothing to infer a dimension from.
  const bool empty = std::any_of(target.begin(), target.end(), [](const Dim& dim) { return dim.extent == 0; });
  if (inferred <= 1 && !empty) return b.op("Reshape", {value, b.ints(constant)});
  return b.op("Reshape", {value, emit(b, as_sizes(value, target, sizes))}, {{"allowzero", empty ? 1 : 0}});
}

Value* transposed(Builder& b, Value* value, const Ints& permutation) {
  if (std::is_sorted(permutation.begin(), permutation.end())) return value;
  return b.op("Transpose", {value}, {{"perm", permutation}});
}

Value* unsqueezed(Builder& b, Value* value, const Ints& axes) {
  return axes.empty() ? value : b.op("Unsqueeze", {value, b.ints(axes)});
}

Value* squeezed(Builder& b, Value* value, const Ints& axes) {
  return axes.empty() ? value : b.op("Squeeze", {value, b.ints(axes)});
}

Value* sliced(Builder& b, Value* value, int64_t axis, int64_t start, int64_t end, int64_t step) {
  return b.op("Slice", {value, b.ints({start}), b.ints({end}), b.ints({axis}), step == 1 ? nullptr : b.ints({step})});
}

}  // namespace headrace::aten
