// What the functions of the table need to know of shapes.
#pragma once

#include <optional>

#include "readers/aten/call.h"

namespace headrace::aten {

int64_t rank_of(const Value* value);
// `axis` counted from the front; throws when it is out of range. A scalar has one axis here, as in PyTorch.
int64_t axis_of(int64_t axis, int64_t rank);
inline int64_t axis_of(int64_t axis, const Value* value) { return axis_of(axis, rank_of(value)); }
Ints axes_of(Ints axes, const Value* value);
const Dim& dim_of(const Value* value, int64_t axis);
// The extent; throws when it is known at run time alone.
int64_t extent_of(const Value* value, int64_t axis);
// The same as a size.
Size size_of(Value* value, int64_t axis);
std::vector<Size> sizes_of(Value* value);
std::vector<Size> known_sizes(const Ints& values);

// `value` under the shape `target`: by a constant with 0 and -1 wherever that says it, so that all but one dimension stay static.
// `sizes` are the same dimensions as sizes, for those that must be computed; may be empty where at most one is not copied.
Value* reshaped(Builder& b, Value* value, const Shape& target, const std::vector<Size>& sizes = {});
Value* transposed(Builder& b, Value* value, const Ints& permutation);
Value* unsqueezed(Builder& b, Value* value, const Ints& axes);
Value* squeezed(Builder& b, Value* value, const Ints& axes);
Value* sliced(Builder& b, Value* value, int64_t axis, int64_t start, int64_t end, int64_t step = 1);

}  // namespace headrace::aten
