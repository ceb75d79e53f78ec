// A sliding window: what convolutions and pools share.
#pragma once

#include <algorithm>

#include "engines/native/tensor_view.h"

namespace headrace::native {

struct Window {
  int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool ceil = false;  // pools: a last window that begins inside but ends outside counts

  int output_h(int h) const { return extent(h, pad_top, pad_bottom, kernel_h, stride_h, dilation_h); }
  int output_w(int w) const { return extent(w, pad_left, pad_right, kernel_w, stride_w, dilation_w); }

  // The rim that windows really reach, which a stride may keep below the padding, and rounding up push beyond it.
  Halo halo(const Extent& in, int out_h, int out_w) const {
    return {pad_top, pad_left, std::max(0, reach(out_h, kernel_h, stride_h, dilation_h) - pad_top - in.h),
            std::max(0, reach(out_w, kernel_w, stride_w, dilation_w) - pad_left - in.w)};
  }
  // Input rows, from the picture's first, that the first `end` output rows read.
  int input_rows(int end, int in_h) const { return std::clamp(reach(end, kernel_h, stride_h, dilation_h) - pad_top, 0, in_h); }
  // The first input row that output rows from `begin` on read.
  int first_input_row(int begin) const { return std::max(0, begin * stride_h - pad_top); }
  bool row_by_row() const { return kernel_h == 1 && stride_h == 1 && pad_top == 0 && pad_bottom == 0; }
  // The pixel under tap (0, 0) of output row y, column 0.
  std::byte* first_tap(const View& in, std::byte* base, int n, int y) const {
    return in.at(base, n, y * stride_h - pad_top) - pad_left * in.pixel;
  }

 private:
  static int reach(int count, int kernel, int stride, int dilation) { return (count - 1) * stride + (kernel - 1) * dilation + 1; }
  int extent(int in, int before, int after, int kernel, int stride, int dilation) const {
    const int span = in + before + after - (kernel - 1) * dilation - 1;
    if (span < 0) return 0;
    int out = (ceil ? span + stride - 1 : span) / stride + 1;
    if (ceil && (out - 1) * stride >= in + before) --out;
    return out;
  }
};

}  // namespace headrace::native
