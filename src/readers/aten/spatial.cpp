#include "readers/aten/spatial.h"

#include <vector>

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

namespace {

// For each place in the kernel, the element that every block has there; `count` is the number of blocks along the axis.
Value* block_indices(Builder& b, int64_t extent, const Blocks& blocks, size_t axis, int64_t& count) {
  const int64_t kernel = blocks.kernel[axis], stride = blocks.stride[axis], dilation = blocks.dilation[axis];
  if (kernel < 1 || kernel > 4096 || stride < 1 || dilation < 1 || dilation > (1 << 20)) malformed("blocks that do not fit");
  const int64_t reach = extent + 2 * blocks.padding[axis] - dilation * (kernel - 1) - 1;
  if (reach < 0) malformed("blocks that do not fit");
  count = reach / stride + 1;
  if (count > (1 << 20) / kernel) refuse("more than a million elements of blocks");
  std::vector<int64_t> indices;
  for (int64_t k = 0; k < kernel; ++k)
    for (int64_t n = 0; n < count; ++n) indices.push_back(k * dilation + n * stride);
  return b.constant("blocks", Tensor::from(Dims{kernel, count}, indices));
}

}  // namespace

Value* columns_of(Builder& b, Value* images, const Blocks& blocks) {
  const Ints& padding = blocks.padding;
  Value* value = images;
  if (padding[0] != 0 || padding[1] != 0)
    value =
        b.op("Pad", {images, b.ints({0, 0, padding[0], padding[1], 0, 0, padding[0], padding[1]}), b.number(0, images->dtype)});
  int64_t rows = 0, columns = 0;
  value = b.op("Gather", {value, block_indices(b, extent_of(images, 2), blocks, 0, rows)}, {{"axis", 2}});
  value = b.op("Gather", {value, block_indices(b, extent_of(images, 3), blocks, 1, columns)},
               {{"axis", 4}});  // [n, c, kh, rows, kw, columns]
  value = b.op("Transpose", {value}, {{"perm", Ints{0, 1, 2, 4, 3, 5}}});
  return b.op("Reshape", {value, b.ints({0, extent_of(images, 1) * blocks.kernel[0] * blocks.kernel[1], rows * columns})});
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
