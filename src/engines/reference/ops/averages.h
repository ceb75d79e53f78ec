// Sums and counts behind every mean: over windows (AveragePool) and over axes (GlobalAveragePool, ReduceMean), in whatever
// arithmetic: double for float32, int32 for quantised values.
#pragma once

#include <vector>

#include "engines/reference/ops/walk.h"
#include "engines/reference/ops/window.h"

namespace headrace::reference {

template <typename Acc>
struct Averages {
  Dims dims;
  std::vector<Acc> sums;
  std::vector<int64_t> counts;  // what each sum is to be divided by
};

// body(ih, iw) for every position of the input that the window at (oh, ow) covers.
template <typename Body>
void for_each_tap(const Window& window, int64_t oh, int64_t ow, Body body) {
  for (int64_t kh = 0; kh < window.height.kernel; ++kh) {
    const int64_t ih = window.height.position(oh, kh);
    if (ih < 0 || ih >= window.height.in) continue;
    for (int64_t kw = 0; kw < window.width.kernel; ++kw) {
      const int64_t iw = window.width.position(ow, kw);
      if (iw >= 0 && iw < window.width.in) body(ih, iw);
    }
  }
}

// Taps of the window at o that lie in the input, or in the input and its padding.
int64_t taps(const WindowAxis& axis, int64_t o, bool padding_too);

// AveragePool's: with count_include_pad padding counts (as zero).
template <typename Acc, typename In>
Result<Averages<Acc>> window_averages(const Node& node, const Dims& dims, const In* x) {
  HEADRACE_TRY(const Window window, window_of(node, dims, {}));
  const bool padding_too = node.int_attribute("count_include_pad", 0) != 0;
  Averages<Acc> result{output_dims(window, dims, dims[1]), {}, {}};
  for (int64_t plane = 0; plane < dims[0] * dims[1]; ++plane, x += window.height.in * window.width.in)
    for (int64_t oh = 0; oh < window.height.out; ++oh)
      for (int64_t ow = 0; ow < window.width.out; ++ow) {
        Acc sum = 0;
        for_each_tap(window, oh, ow, [&](int64_t ih, int64_t iw) { sum += static_cast<Acc>(x[ih * window.width.in + iw]); });
        result.sums.push_back(sum);
        result.counts.push_back(taps(window.height, oh, padding_too) * taps(window.width, ow, padding_too));
      }
  return result;
}

// `dims` with 1 in place of the axes; without those axes where they are not kept.
Dims reduced_dims(const Dims& dims, const std::vector<int64_t>& axes, bool keep);
// The axes that a reduction names, from the front, each once; all of them where it names none (unless noop_with_empty_axes).
Result<std::vector<int64_t>> reduction_axes(const OpCall& call);

template <typename Acc, typename In>
Averages<Acc> axis_averages(const Dims& dims, const std::vector<int64_t>& axes, bool keep, const In* x) {
  const Dims kept = reduced_dims(dims, axes, true);
  Averages<Acc> result{reduced_dims(dims, axes, keep), std::vector<Acc>(static_cast<size_t>(product(kept, 0))), {}};
  walk<1>(dims, {broadcast_strides(kept, dims)},
          [&](const auto& at) { result.sums[static_cast<size_t>(at[0])] += static_cast<Acc>(*x++); });
  int64_t count = 1;
  for (const int64_t axis : axes) count *= dims[static_cast<size_t>(axis)];
  result.counts.assign(result.sums.size(), count);
  return result;
}

// The axes of a global pool: all but the first two.
inline std::vector<int64_t> spatial_axes(const Dims& dims) {
  std::vector<int64_t> axes;
  for (size_t axis = 2; axis < dims.size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
  return axes;
}

}  // namespace headrace::reference
