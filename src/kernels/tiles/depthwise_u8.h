// u8 depthwise convolution: blocks of channels, and for each the kernel that fits its size and stride.
#pragma once

#include "kernels/tiles/depthwise_blocks.h"
#include "kernels/tiles/depthwise_u8_any.h"
#include "kernels/tiles/depthwise_u8_tile.h"

namespace headrace::kernels {

// The block of channels that begins at `first`. The pieces of a row overlap where it does not divide evenly: what two of them
// compute is the same.
template <class T>
DepthwiseBlock depthwise_block(const DepthwiseTask& task, int first) {
  const int taps = task.shape.kernel_h * task.shape.kernel_w;
  const std::byte* const data = task.weights + first / T::kBytes * depthwise_u8_block_bytes(taps, T::kBytes);
  DepthwiseBlock block;
  block.bias = data, block.multiplier = data + 4 * T::kBytes, block.weights = data + 8 * T::kBytes;
  block.input = task.input + first, block.output = task.output + first;
  block.channels = task.shape.channels - first;
  block.pieces = depthwise_pieces(block.channels, T::kBytes);
  block.cols = (task.cols + block.pieces - 1) / block.pieces;
  for (int i = 0; i < block.pieces; ++i) {
    const int begin = i * block.cols < task.cols - block.cols ? i * block.cols : task.cols - block.cols;
    block.input_piece[i] = begin * task.input_step;
    block.output_piece[i] = begin * task.output_step;
  }
  return block;
}

template <int kKernel, int kStride>
HEADRACE_INLINE bool depthwise_is(const DepthwiseTask& task) {
  return task.shape.kernel_h == kKernel && task.shape.kernel_w == kKernel && task.input_step == kStride * task.tap_step &&
         (task.row_count == 1 || task.input_row == kStride * task.tap_row);
}

template <class T, int kPieces>
HEADRACE_INLINE void depthwise_by_plan(const DepthwiseTask& task, const DepthwiseBlock& block) {
  if (depthwise_is<3, 1>(task)) return depthwise_planned<T, DepthwisePlan<3, 1>, kPieces>(task, block);
  if (depthwise_is<3, 2>(task)) return depthwise_planned<T, DepthwisePlan<3, 2>, kPieces>(task, block);
  if (depthwise_is<5, 1>(task)) return depthwise_planned<T, DepthwisePlan<5, 1>, kPieces>(task, block);
  if (depthwise_is<5, 2>(task)) return depthwise_planned<T, DepthwisePlan<5, 2>, kPieces>(task, block);
  depthwise_any<T, kPieces>(task, block);
}

template <class T, int kPieces = 1>
HEADRACE_INLINE void depthwise_by_pieces(const DepthwiseTask& task, const DepthwiseBlock& block) {
  if (block.pieces == kPieces) depthwise_by_plan<T, kPieces>(task, block);
  else if constexpr (T::kBytes / kPieces >= 32) depthwise_by_pieces<T, 2 * kPieces>(task, block);
}

template <class T>
HEADRACE_INLINE void depthwise_u8_blocks(const DepthwiseTask& task) {
  for (int first = 0; first < task.shape.channels; first += T::kBytes)
    depthwise_by_pieces<T>(task, depthwise_block<T>(task, first));
}

}  // namespace headrace::kernels
