// Which four taps share a 32-bit lane in the u8 depthwise kernels, per kernel size and stride.
//
// The multiplying instructions add four neighbouring bytes (vpdpbusd; twice two in AVX2), so the kernel interleaves four input
// pixels byte by byte: a *quad*. Interleaving costs about as much as multiplying; so a quad is chosen to serve two output rows
// and several output columns. A *unit* is what comes anew with every output column: `kStride` input columns. Quads are told by
// the places of their four sources (input row of the upper of the two output rows, input column of the unit); a quad of unit u
// serves the output columns u, u - every, u - 2 * every ... each with weights of its own, zero where a source lies outside that
// column's and row's window.
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

// With stride 2 the rows in the middle belong to both output rows: in pairs, and the last one, which has no partner, along the
// row.
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

  // For every output row (of two), quad and unit of a window: the weight (kh * kernel + kw) that each source meets, -1 where it
  // is outside the window.
  struct Table {
    signed char weight[2][kQuadCount][kUses][4];
  };
  static constexpr Table table() {
    Table all{};
    for (int row = 0; row < 2; ++row)
      for (int quad = 0; quad < kQuadCount; ++quad)
        for (int unit = 0; unit < kUses; ++unit)
          for (int i = 0; i < 4; ++i) {
            const DepthwiseTap tap = kQuads[quad].tap[i];
            const int kh = tap.row - row * stride, kw = tap.col + unit * stride;
            const bool inside = kh >= 0 && kh < kernel && kw < kernel && unit % kQuads[quad].every == 0;
            all.weight[row][quad][unit][i] = static_cast<signed char>(inside ? kh * kernel + kw : -1);
          }
    return all;
  }
  static constexpr Table kTable = table();

  static HEADRACE_INLINE constexpr bool used(int row, int quad, int unit) {
    for (const signed char weight : kTable.weight[row][quad][unit])
      if (weight >= 0) return true;
    return false;
  }
  // Whether any of the first `rows` output rows needs the quad.
  static HEADRACE_INLINE constexpr bool needed(int rows, int quad) {
    for (int row = 0; row < rows; ++row)
      for (int unit = 0; unit < kUses; ++unit)
        if (used(row, quad, unit)) return true;
    return false;
  }
  // Every tap of both rows is met exactly once.
  static constexpr bool complete() {
    int met[2][kernel * kernel] = {};
    for (int row = 0; row < 2; ++row)
      for (const auto& quad : kTable.weight[row])
        for (const auto& unit : quad)
          for (const signed char weight : unit)
            if (weight >= 0) ++met[row][weight];
    for (const auto& row : met)
      for (const int times : row)
        if (times != 1) return false;
    return true;
  }
};

static_assert(DepthwisePlan<3, 1>::complete() && DepthwisePlan<3, 2>::complete());
static_assert(DepthwisePlan<5, 1>::complete() && DepthwisePlan<5, 2>::complete());

}  // namespace headrace::kernels
