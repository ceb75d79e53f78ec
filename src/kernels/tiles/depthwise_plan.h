// Which four taps share a 32-bit lane in the u8 depthwise kernels, per kernel size and stride.
//
// The multiplying instructions add four neighbouring bytes (vpdpbusd; twice two in AVX2), so the kernel interleaves four input pixels
// byte by byte: a *quad*. Interleaving costs about as much as multiplying; so a quad is chosen to serve two output rows and several output
// columns. A *unit* is what comes anew with every output column: `kStride` input columns. Quads are told by the places of their four
// sources (input row of the upper of the two output rows, input column of the unit); a quad of unit u serves the output columns u,
// u - every, u - 2 * every ... each with weights of its own, zero where a source lies outside that column's and row's window.
#pragma once

#include "kernels/tiles/inline.h"

namespace headrace::kernels {

struct DepthwiseTap {
  int row, col;
};

struct DepthwiseQuad {
  DepthwiseTap tap[4];
  int every;  // units from one use to the next within a window, so that no tap is counted twice
};

template <int kKernel, int kStride>
struct DepthwiseQuads;

template <>
struct DepthwiseQuads<3, 1> {
  static constexpr DepthwiseQuad kQuads[] = {{{{0, 0}, {1, 0}, {2, 0}, {3, 0}}, 1}};
};

template <>
struct DepthwiseQuads<5, 1> {
  static constexpr DepthwiseQuad kQuads[] = {{{{0, 0}, {1, 0}, {2, 0}, {3, 0}}, 1}, {{{4, 0}, {5, 0}, {4, 1}, {5, 1}}, 2}};
};

// With stride 2 the rows in the middle belong to both output rows: in pairs, and the last one, which has no partner, along the row.
template <>
struct DepthwiseQuads<3, 2> {
  static constexpr DepthwiseQuad kQuads[] = {
      {{{0, 0}, {1, 0}, {0, 1}, {1, 1}}, 1}, {{{2, 0}, {2, 1}, {2, 2}, {2, 3}}, 2}, {{{3, 0}, {4, 0}, {3, 1}, {4, 1}}, 1}};
};

template <>
struct DepthwiseQuads<5, 2> {
  static constexpr DepthwiseQuad kQuads[] = {{{{0, 0}, {1, 0}, {0, 1}, {1, 1}}, 1},
                                             {{{2, 0}, {3, 0}, {2, 1}, {3, 1}}, 1},
                                             {{{4, 0}, {4, 1}, {4, 2}, {4, 3}}, 2},
                                             {{{5, 0}, {6, 0}, {5, 1}, {6, 1}}, 1}};
};

template <int kernel, int stride>
struct DepthwisePlan : DepthwiseQuads<kernel, stride> {
  using DepthwiseQuads<kernel, stride>::kQuads;
  static constexpr int kKernel = kernel, kStride = stride;
  static constexpr int kQuadCount = sizeof kQuads / sizeof kQuads[0];
  static constexpr int kUses = (kernel - 1) / stride + 1;  // units that a window touches
  static constexpr int kRows = kernel + stride;            // input rows of two output rows

  // The weight (kh * kernel + kw) that source i of a quad meets in output row `row` when the window begins `unit` units to its left;
  // -1 where it is outside the window.
  static HEADRACE_INLINE constexpr int weight(int quad, int i, int unit, int row) {
    const DepthwiseTap tap = kQuads[quad].tap[i];
    const int kh = tap.row - row * stride, kw = tap.col + unit * stride;
    return kh >= 0 && kh < kernel && kw < kernel && unit % kQuads[quad].every == 0 ? kh * kernel + kw : -1;
  }
  static HEADRACE_INLINE constexpr bool used(int quad, int unit, int row) {
    for (int i = 0; i < 4; ++i)
      if (weight(quad, i, unit, row) >= 0) return true;
    return false;
  }
  // Every tap of both rows is met exactly once.
  static constexpr bool complete() {
    for (int row = 0; row < 2; ++row)
      for (int tap = 0; tap < kernel * kernel; ++tap) {
        int met = 0;
        for (int quad = 0; quad < kQuadCount; ++quad)
          for (int unit = 0; unit < kUses; ++unit)
            for (int i = 0; i < 4; ++i) met += weight(quad, i, unit, row) == tap;
        if (met != 1) return false;
      }
    return true;
  }
};

static_assert(DepthwisePlan<3, 1>::complete() && DepthwisePlan<3, 2>::complete());
static_assert(DepthwisePlan<5, 1>::complete() && DepthwisePlan<5, 2>::complete());

}  // namespace headrace::kernels
