#include "readers/aten/spatial.h"

#include "readers/aten/shapes.h"

namespace headrace::aten {

Ints per_axis(Ints values, size_t axes) {
  if (values.size() == 1) values.resize(axes, values.front());
  if (values.size() != axes)
    malformed(std::to_string(values.size()) + " numbers are given for " + std::to_string(axes) + " axes");
  return values;
}

Ints both_sides(const Ints& padding) {
  Ints pads = padding;
  pads.insert(pads.end(), padding.begin(), padding.end());
  return pads;
}

Batched::Batched(Builder& b, Value* value, size_t spatial_axes)
    : b_(&b), value_(value), added_(rank_of(value) == static_cast<int64_t>(spatial_axes) + 1) {
  if (!added_ && rank_of(value) != static_cast<int64_t>(spatial_axes) + 2)
    malformed("a tensor of rank " + std::to_string(rank_of(value)) + " for " + std::to_string(spatial_axes) + " axes of space");
  if (!added_) return;
  value_ = unsqueezed(b, value, {0});
  value_->shape = *value->shape;
  value_->shape->insert(value_->shape->begin(), Dim{1, {}});
}

Value* Batched::restored(Value* result) const { return added_ ? squeezed(*b_, result, {0}) : result; }

}  // namespace headrace::aten
