// The geometry that convolutions and pools share: how a kernel moves over one or two spatial axes.
#pragma once

#include <utility>

#include "engines/reference/ops/op.h"

namespace headrace::reference {

// One spatial axis. Output position o reads input positions o * stride - pad_begin + k * dilation for k in [0, kernel).
struct WindowAxis {
  int64_t in = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_begin = 0;
  int64_t pad_end = 0;
  int64_t out = 1;

  int64_t position(int64_t o, int64_t k) const { return o * stride - pad_begin + k * dilation; }
  // The output positions [first, last) for which kernel tap k lies inside of the input.
  std::pair<int64_t, int64_t> inside(int64_t k) const;
};

// One-dimensional ops are two-dimensional ones of height 1.
struct Window {
  WindowAxis height, width;
};

// From kernel_shape (`kernel` where the attribute is left out), strides, dilations, pads, auto_pad and ceil_mode, for an input of
// `dims` [N, C, spatial...]. Errors: unsupported for other than one or two spatial axes, invalid_model for what does not fit.
Result<Window> window_of(const Node& node, const Dims& dims, const Dims& kernel);
// [N, channels, spatial...] of the output, with the input's rank.
Dims output_dims(const Window& window, const Dims& input, int64_t channels);

}  // namespace headrace::reference
