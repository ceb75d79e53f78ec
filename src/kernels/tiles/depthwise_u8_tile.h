// The u8 depthwise kernels for the sizes and strides that have a plan (depthwise_plan.h): two output rows at a time.
//
// Along a strip of a row, the quads of each unit are interleaved once into a small buffer that stays in the first-level cache,
// just ahead of the tiles of a few output columns that multiply them. T is an ISA's traits (avx2/depthwise_traits.h).
#pragma once

#include "kernels/tiles/depthwise_plan.h"
#include "kernels/tiles/depthwise_u8_epilogue.h"

namespace headrace::kernels {

constexpr int kDepthwiseVector =
    64;  // bytes that one interleaved or weights vector takes, in whatever form the ISA multiplies it

// The places of one vector within the buffers: four vectors side by side make a block's channels.
template <class Plan>
HEADRACE_INLINE constexpr ptrdiff_t depthwise_unit_at(int unit, int quad) {
  return (static_cast<ptrdiff_t>(unit) * Plan::kQuadCount + quad) * 4 * kDepthwiseVector;
}
template <class Plan>
HEADRACE_INLINE constexpr ptrdiff_t depthwise_weights_at(int row, int quad, int unit) {
  return ((static_cast<ptrdiff_t>(row) * Plan::kQuadCount + quad) * Plan::kUses + unit) * 4 * kDepthwiseVector;
}

template <class T, class Plan>
void spread_depthwise_weights(const std::byte* packed, std::byte* out) {
#pragma GCC unroll 2
  for (int row = 0; row < 2; ++row)
#pragma GCC unroll 4
    for (int quad = 0; quad < Plan::kQuadCount; ++quad)
#pragma GCC unroll 5
      for (int unit = 0; unit < Plan::kUses; ++unit) {
        if (!Plan::used(row, quad, unit)) continue;
        typename T::I source[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          const int tap = Plan::kTable.weight[row][quad][unit][i];
          source[i] = tap < 0 ? T::zero() : T::load(reinterpret_cast<const uint8_t*>(packed + tap * T::kBytes));
        }
        typename T::I mixed[4];
        T::interleave(source, mixed);
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j)
          T::put_weights(out + depthwise_weights_at<Plan>(row, quad, unit) + j * kDepthwiseVector, mixed[j]);
      }
}

// The input of a strip. Places outside the windows are read as their neighbours inside: they meet zero weights.
struct DepthwiseStrip {
  const std::byte* row[8];
  ptrdiff_t col_bytes;
  int last_col;
  const ptrdiff_t* piece;
  ptrdiff_t ahead;
};

// One unit, whose input columns begin at the bytes `col[i]` of every row.
template <class T, class Plan, int kPieces, int kRows>
HEADRACE_INLINE void fill_depthwise_unit(const DepthwiseStrip& strip, const ptrdiff_t (&col)[4], std::byte* out) {
  for (int r = Plan::kRows - 2 * Plan::kStride; r < Plan::kRows; ++r)
    for (int c = 0; c < Plan::kStride; ++c) __builtin_prefetch(strip.row[r] + strip.ahead + col[c]);
#pragma GCC unroll 4
  for (int quad = 0; quad < Plan::kQuadCount; ++quad) {
    if (!Plan::needed(kRows, quad)) continue;
    typename T::I source[4], mixed[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const DepthwiseTap tap = Plan::kQuads[quad].tap[i];
      source[i] = T::template load_pieces<kPieces>(strip.row[tap.row] + col[tap.col], strip.piece);
    }
    T::interleave(source, mixed);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) T::put_pixels(out + depthwise_unit_at<Plan>(0, quad) + j * kDepthwiseVector, mixed[j]);
  }
}

template <class T, class Plan, int kPieces, int kRows>
void fill_depthwise_units(const DepthwiseStrip& strip, int begin, int end, std::byte* buffer) {
  for (int unit = begin; unit < end; ++unit) {
    ptrdiff_t col[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const int at = unit * Plan::kStride + i;
      col[i] = (at < strip.last_col ? at : strip.last_col) * strip.col_bytes;
    }
    fill_depthwise_unit<T, Plan, kPieces, kRows>(strip, col, buffer + depthwise_unit_at<Plan>(unit, 0));
  }
}

// Vector j of the sums of kRows x kCols output pixels.
template <class T, class Plan, int kRows, int kCols>
HEADRACE_INLINE void add_depthwise_taps(const std::byte* units, const std::byte* weights, int j,
                                        typename T::I (&sum)[kRows][kCols]) {
#pragma GCC unroll 4
  for (int quad = 0; quad < Plan::kQuadCount; ++quad) {
#pragma GCC unroll 5
    for (int unit = 0; unit < Plan::kUses; ++unit) {
#pragma GCC unroll 2
      for (int row = 0; row < kRows; ++row) {
        if (!Plan::used(row, quad, unit)) continue;
        const auto w = T::get_weights(weights + depthwise_weights_at<Plan>(row, quad, unit) + j * kDepthwiseVector);
#pragma GCC unroll 4
        for (int col = 0; col < kCols; ++col)
          T::mac(sum[row][col], units + depthwise_unit_at<Plan>(col + unit, quad) + j * kDepthwiseVector, w);
      }
    }
  }
}

template <class T, class Plan, int kRows, int kCols>
void depthwise_tile(const std::byte* units, const std::byte* weights, const DepthwiseBlock& block,
                    const DepthwiseEpilogue<T>& epilogue, std::byte* out, ptrdiff_t out_row, ptrdiff_t out_step) {
  typename T::I words[2][kRows][kCols];
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    typename T::I scaled[2][kRows][kCols];
#pragma GCC unroll 2
    for (int odd = 0; odd < 2; ++odd) {
      const int j = 2 * half + odd;
      typename T::I sum[kRows][kCols];
      const auto bias = T::load(reinterpret_cast<const uint8_t*>(block.bias) + j * T::kBytes);
#pragma GCC unroll 2
      for (int row = 0; row < kRows; ++row)
#pragma GCC unroll 4
        for (int col = 0; col < kCols; ++col) sum[row][col] = bias;
      add_depthwise_taps<T, Plan, kRows, kCols>(units, weights, j, sum);
#pragma GCC unroll 2
      for (int row = 0; row < kRows; ++row)
#pragma GCC unroll 4
        for (int col = 0; col < kCols; ++col) scaled[odd][row][col] = epilogue.scaled(sum[row][col], j);
    }
#pragma GCC unroll 2
    for (int row = 0; row < kRows; ++row)
#pragma GCC unroll 4
      for (int col = 0; col < kCols; ++col) words[half][row][col] = epilogue.join(scaled[0][row][col], scaled[1][row][col]);
  }
#pragma GCC unroll 2
  for (int row = 0; row < kRows; ++row)
#pragma GCC unroll 4
    for (int col = 0; col < kCols; ++col)
      epilogue.store(words[0][row][col], words[1][row][col], out + row * out_row + col * out_step);
}

template <class T, class Plan, int kRows, int kCols, typename... Arguments>
HEADRACE_INLINE void depthwise_tile_of(int cols, const Arguments&... arguments) {
  if (cols == kCols) depthwise_tile<T, Plan, kRows, kCols>(arguments...);
  else if constexpr (kCols > 1) depthwise_tile_of<T, Plan, kRows, kCols - 1>(cols, arguments...);
}

// `cols` output columns of kRows rows.
template <class T, class Plan, int kPieces, int kRows>
HEADRACE_INLINE void depthwise_strip(const DepthwiseTask& task, const DepthwiseBlock& block, const DepthwiseStrip& strip,
                                     int cols, const std::byte* weights, std::byte* buffer, std::byte* out) {
  const DepthwiseEpilogue<T> epilogue(*task.epilogue, block);
  for (int col = 0, filled = 0; col < cols;) {
    const int left = cols - col, tile = left >= 2 * T::kTileCols ? T::kTileCols : left > T::kTileCols ? (left + 1) / 2 : left;
    fill_depthwise_units<T, Plan, kPieces, kRows>(strip, filled, col + tile + Plan::kUses - 1, buffer);
    filled = col + tile + Plan::kUses - 1;
    depthwise_tile_of<T, Plan, kRows, T::kTileCols>(tile, buffer + depthwise_unit_at<Plan>(col, 0), weights, block, epilogue,
                                                    out + col * task.output_step, task.output_row, task.output_step);
    col += tile;
  }
}

// All rows of one block of channels.
template <class T, class Plan, int kPieces>
void depthwise_planned(const DepthwiseTask& task, const DepthwiseBlock& block) {
  constexpr int kUnits = 24576 / (Plan::kQuadCount * 4 * kDepthwiseVector), kMaxCols = kUnits - (Plan::kUses - 1);
  alignas(64) std::byte weights[depthwise_weights_at<Plan>(2, 0, 0)];
  alignas(64) std::byte buffer[depthwise_unit_at<Plan>(kUnits, 0)];
  spread_depthwise_weights<T, Plan>(block.weights, weights);
  const int strips = (block.cols + kMaxCols - 1) / kMaxCols;
  for (int row = 0; row < task.row_count; row += 2) {
    const bool two = row + 1 < task.row_count;
    const int last_row = Plan::kKernel - 1 + (two ? Plan::kStride : 0);
    for (int i = 0; i < strips; ++i) {
      const int begin = block.cols * i / strips, cols = block.cols * (i + 1) / strips - begin;
      const std::byte* const in = block.input + row * task.input_row + begin * task.input_step;
      std::byte* const out = block.output + row * task.output_row + begin * task.output_step;
      DepthwiseStrip strip{
          {}, task.tap_step, (cols - 1) * Plan::kStride + Plan::kKernel - 1, block.input_piece, 2 * task.input_row};
      for (int r = 0; r < Plan::kRows; ++r) strip.row[r] = in + (r < last_row ? r : last_row) * task.tap_row;
      if (two) depthwise_strip<T, Plan, kPieces, 2>(task, block, strip, cols, weights, buffer, out);
      else depthwise_strip<T, Plan, kPieces, 1>(task, block, strip, cols, weights, buffer, out);
    }
  }
}

}  // namespace headrace::kernels
