// What convolutions, pools and resizes share: the axes of space behind batch and channels.
#pragma once

#include "readers/aten/call.h"

namespace headrace::aten {

// One number stands for all axes.
Ints per_axis(Ints values, size_t axes);
// The same at the beginning and the end of each axis, as ONNX lists pads.
Ints both_sides(const Ints& padding);

// How blocks lie in an image; two numbers each.
struct Blocks {
  Ints kernel, stride, padding, dilation;
};

// Sliding blocks of images [n, c, h, w] as columns [n, c kh kw, blocks]: a Gather along each axis. h and w must be constant.
Value* columns_of(Builder& b, Value* images, const Blocks& blocks);

// The tensor with a batch axis, which PyTorch lets a caller leave out.
class Batched {
 public:
  Batched(Builder& b, Value* value, size_t spatial_axes);
  Value* value() const { return value_; }
  // `result` without the axis, where the tensor had none.
  Value* restored(Value* result) const;

 private:
  Builder* b_;
  Value* value_;
  bool added_;
};

}  // namespace headrace::aten
