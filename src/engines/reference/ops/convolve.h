// The sums of a convolution, in whatever arithmetic: double for float32, wrapping 32-bit integers for quantised layers.
#pragma once

#include <algorithm>
#include <vector>

#include "base/parallel.h"
#include "engines/reference/ops/window.h"

namespace headrace::reference {

// x is [batch, groups * in_channels, height, width], w is [out_channels, in_channels, kernel height, kernel width].
struct ConvShape {
  int64_t batch = 0, groups = 1, in_channels = 0, out_channels = 0;
  Window window;
};

// Checks that tensors of these dims may be convolved as the node says. Errors: invalid_model, unsupported.
Result<ConvShape> conv_shape(const Node& node, const Dims& x, const Dims& w);

namespace detail {

// sums[o] += weight * x[o * stride] over one row.
template <typename Acc, typename In>
void add_row(Acc weight, const In* x, int64_t stride, Acc* sums, int64_t count) {
  if (stride == 1)
    for (int64_t o = 0; o < count; ++o) sums[o] += weight * static_cast<Acc>(x[o]);
  else
    for (int64_t o = 0; o < count; ++o) sums[o] += weight * static_cast<Acc>(x[o * stride]);
}

// What one kernel tap adds to a plane of sums.
template <typename Acc, typename In>
void add_tap(const Window& window, int64_t kh, int64_t kw, Acc weight, const In* x, Acc* sums) {
  const auto [top, bottom] = window.height.inside(kh);
  const auto [left, right] = window.width.inside(kw);
  if (left == right) return;
  for (int64_t oh = top; oh < bottom; ++oh) {
    const In* row = x + window.height.position(oh, kh) * window.width.in;
    add_row(weight, row + window.width.position(left, kw), window.width.stride, sums + oh * window.width.out + left,
            right - left);
  }
}

}  // namespace detail

// plane_done(n, oc, sums) receives the plane of output channel oc of image n: height.out * width.out sums in row-major order.
// From several threads at once, each plane once. Padding adds nothing, so quantised x is centred on its zero point.
template <typename Acc, typename In, typename PlaneDone>
void convolve(const ConvShape& shape, const In* x, const In* w, int threads, PlaneDone plane_done) {
  const Window& window = shape.window;
  const int64_t plane = window.height.in * window.width.in, taps = window.height.kernel * window.width.kernel;
  const auto one_plane = [&](size_t index) {
    const int64_t n = static_cast<int64_t>(index) / shape.out_channels, oc = static_cast<int64_t>(index) % shape.out_channels;
    const int64_t group = oc / (shape.out_channels / shape.groups);
    const In* image = x + (n * shape.groups + group) * shape.in_channels * plane;
    const In* weight = w + oc * shape.in_channels * taps;
    std::vector<Acc> sums(static_cast<size_t>(window.height.out * window.width.out));
    for (int64_t ic = 0; ic < shape.in_channels; ++ic)
      for (int64_t kh = 0; kh < window.height.kernel; ++kh)
        for (int64_t kw = 0; kw < window.width.kernel; ++kw)
          detail::add_tap(window, kh, kw, static_cast<Acc>(*weight++), image + ic * plane, sums.data());
    plane_done(n, oc, sums);
  };
  parallel_for(static_cast<size_t>(shape.batch * shape.out_channels), threads, one_plane);
}

}  // namespace headrace::reference
