// f32 depthwise convolution: a few output columns of a vector of channels at a time, so that an input pixel that is loaded
// serves several of them. Every sum begins with the bias and takes the taps in the order (kh, kw), whatever the tile: the cut
// into rows and tiles does not show in the result. T is an ISA's Vector (avx2/vector.h).
#pragma once

#include "kernels/depthwise.h"
#include "kernels/tiles/depthwise_blocks.h"

namespace headrace::kernels {

// Vectors of channels that are worked on together.
struct DepthwiseF32Blocks {
  const std::byte* data;  // the first one's packed bias and weights
  size_t block_bytes;
  int channels;  // from the first one's on, to the last of the task
  int count;
};

// One vector of channels.
struct DepthwiseF32Block {
  const float* bias;
  const float* weights;  // [taps][lanes]
  int channels;          // that exist
};

template <class T, int kCols>
HEADRACE_INLINE void store_depthwise_f32(const typename T::F (&sum)[kCols], const ConvEpilogue& e, std::byte* out, ptrdiff_t step,
                                         int channels) {
  const auto minimum = T::set(e.minimum_f32), maximum = T::set(e.maximum_f32);
#pragma GCC unroll 8
  for (int col = 0; col < kCols; ++col) {
    const auto y = T::min(T::max(sum[col], minimum), maximum);
    float* const at = reinterpret_cast<float*>(out + col * step);
    if (channels >= T::kLanes) T::store(at, y);
    else T::store(at, y, channels);
  }
}

// kCols output pixels of a square kernel without dilation along the row.
template <class T, int kKernel, int kStride, int kCols>
HEADRACE_INLINE void depthwise_f32_tile(const DepthwiseTask& task, const DepthwiseF32Block& block, const std::byte* in,
                                        std::byte* out) {
  typename T::F sum[kCols];
  const auto bias = T::load(block.bias);
#pragma GCC unroll 8
  for (int col = 0; col < kCols; ++col) sum[col] = bias;
#pragma GCC unroll 5
  for (int kh = 0; kh < kKernel; ++kh) {
    typename T::F w[kKernel];
#pragma GCC unroll 5
    for (int kw = 0; kw < kKernel; ++kw) w[kw] = T::load(block.weights + (kh * kKernel + kw) * T::kLanes);
    const std::byte* const row = in + kh * task.tap_row;
#pragma GCC unroll 19
    for (int i = 0; i < (kCols - 1) * kStride + kKernel; ++i) {
      const auto x = T::load(reinterpret_cast<const float*>(row + i * task.tap_step));
#pragma GCC unroll 5
      for (int kw = 0; kw < kKernel; ++kw) {
        const int col = (i - kw) / kStride;
        if (i >= kw && (i - kw) % kStride == 0 && col < kCols) sum[col] = T::fma(x, w[kw], sum[col]);
      }
    }
  }
  store_depthwise_f32<T, kCols>(sum, *task.epilogue, out, task.output_step, block.channels);
}

// The same of any kernel, stride and dilation.
template <class T, int kCols>
HEADRACE_INLINE void depthwise_f32_any_tile(const DepthwiseTask& task, const DepthwiseF32Block& block, const std::byte* in,
                                            std::byte* out) {
  typename T::F sum[kCols];
#pragma GCC unroll 8
  for (int col = 0; col < kCols; ++col) sum[col] = T::load(block.bias);
  const float* weights = block.weights;
  for (int kh = 0; kh < task.shape.kernel_h; ++kh) {
    for (int kw = 0; kw < task.shape.kernel_w; ++kw, weights += T::kLanes) {
      const auto w = T::load(weights);
      const std::byte* const tap = in + kh * task.tap_row + kw * task.tap_step;
#pragma GCC unroll 8
      for (int col = 0; col < kCols; ++col)
        sum[col] = T::fma(T::load(reinterpret_cast<const float*>(tap + col * task.input_step)), w, sum[col]);
    }
  }
  store_depthwise_f32<T, kCols>(sum, *task.epilogue, out, task.output_step, block.channels);
}

template <class T, int kKernel, int kStride, int kCols>
HEADRACE_INLINE void depthwise_f32_tile_of(int cols, const DepthwiseTask& task, const DepthwiseF32Blocks& blocks,
                                           const std::byte* in, std::byte* out) {
  if (cols == kCols) {
    const std::byte* data = blocks.data;
    for (int i = 0; i < blocks.count; ++i, data += blocks.block_bytes, in += T::kBytes, out += T::kBytes) {
      const float* const bias = reinterpret_cast<const float*>(data);
      const DepthwiseF32Block block{bias, bias + T::kLanes, blocks.channels - i * T::kLanes};
      if constexpr (kKernel > 0) depthwise_f32_tile<T, kKernel, kStride, kCols>(task, block, in, out);
      else depthwise_f32_any_tile<T, kCols>(task, block, in, out);
    }
  } else if constexpr (kCols > 1) {
    depthwise_f32_tile_of<T, kKernel, kStride, kCols - 1>(cols, task, blocks, in, out);
  }
}

// All rows; kKernel 0: any kernel.
template <class T, int kKernel, int kStride>
void depthwise_f32_rows(const DepthwiseTask& task, const DepthwiseF32Blocks& blocks, const std::byte* in, std::byte* out) {
  constexpr int kTile = 8;
  for (int row = 0; row < task.row_count; ++row, in += task.input_row, out += task.output_row) {
    for (int col = 0; col < task.cols;) {
      const int left = task.cols - col, rounds = (left + kTile - 1) / kTile, cols = (left + rounds - 1) / rounds;
      depthwise_f32_tile_of<T, kKernel, kStride, kTile>(cols, task, blocks, in + col * task.input_step,
                                                        out + col * task.output_step);
      col += cols;
    }
  }
}

template <int kKernel, int kStride>
HEADRACE_INLINE bool depthwise_f32_is(const DepthwiseTask& task) {
  return task.shape.kernel_h == kKernel && task.shape.kernel_w == kKernel && task.input_step == kStride * task.tap_step;
}

// As many channels at a time as have their weights in the first-level cache: with all channels of a pixel, memory is read as it
// lies.
template <class T>
HEADRACE_INLINE void depthwise_f32_blocks(const DepthwiseTask& task) {
  constexpr size_t kWeightBytes = 16384;
  auto* const kernel = depthwise_f32_is<3, 1>(task)   ? depthwise_f32_rows<T, 3, 1>
                       : depthwise_f32_is<3, 2>(task) ? depthwise_f32_rows<T, 3, 2>
                       : depthwise_f32_is<5, 1>(task) ? depthwise_f32_rows<T, 5, 1>
                       : depthwise_f32_is<5, 2>(task) ? depthwise_f32_rows<T, 5, 2>
                                                      : depthwise_f32_rows<T, 0, 0>;
  const size_t block_bytes = depthwise_f32_block_bytes(task.shape.kernel_h * task.shape.kernel_w, T::kBytes);
  const int all = (task.shape.channels + T::kLanes - 1) / T::kLanes;
  const int most = block_bytes < kWeightBytes ? static_cast<int>(kWeightBytes / block_bytes) : 1;
  for (int first = 0; first < all; first += most) {
    const int count = all - first < most ? all - first : most;
    const DepthwiseF32Blocks blocks{task.weights + first * block_bytes, block_bytes, task.shape.channels - first * T::kLanes,
                                    count};
    kernel(task, blocks, task.input + static_cast<ptrdiff_t>(first) * T::kBytes,
           task.output + static_cast<ptrdiff_t>(first) * T::kBytes);
  }
}

}  // namespace headrace::kernels
