// How the channels of a depthwise convolution fall into blocks: what packing and the kernels of tiles/ must agree about.
//
// u8: a block is as many channels as a vector has bytes. In the last block, where a half or a quarter of a vector would do, the
// vector holds the same channels of two or four *pieces* of the output row instead, one piece in each half or quarter, so that a
// layer of 32 or 144 channels keeps its lanes busy. Its packed weights are repeated for every piece.
//   Packed block: bias s32 and multiplier f32, four vectors each in the order that packed_lane() tells; weights s8
//   [taps][kBytes].
// f32: a block is one vector of channels; packed: bias, weights [taps][lanes].
#pragma once

#include <cstddef>

#include "kernels/conv.h"
#include "kernels/tiles/inline.h"

namespace headrace::kernels {

// Pieces of a row that a vector of `bytes` bytes takes when `channels` are left. A piece is never less than 16 channels: a
// 128-bit lane.
HEADRACE_INLINE constexpr int depthwise_pieces(int channels, int bytes) {
  int pieces = 1;
  while (bytes / pieces >= 32 && channels <= bytes / pieces / 2) pieces *= 2;
  return pieces;
}

HEADRACE_INLINE constexpr size_t depthwise_u8_block_bytes(int taps, int bytes) { return static_cast<size_t>(bytes) * (8 + taps); }
HEADRACE_INLINE constexpr size_t depthwise_f32_block_bytes(int taps, int bytes) {
  return static_cast<size_t>(bytes) * (1 + taps);
}

}  // namespace headrace::kernels
