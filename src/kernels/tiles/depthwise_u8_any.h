// u8 depthwise convolution of any size, stride and dilation: four taps at a time in the order (kh, kw), interleaved as in
// depthwise_u8_tile.h but for every pixel anew.
#pragma once

#include "kernels/tiles/depthwise_u8_epilogue.h"

namespace headrace::kernels {

// Walks over the taps.
struct DepthwiseTapCursor {
  const DepthwiseTask* task;
  int kw = 0, kh = 0, tap = 0;
  HEADRACE_INLINE bool inside() const { return kh < task->shape.kernel_h; }
  HEADRACE_INLINE ptrdiff_t offset() const { return kh * task->tap_row + kw * task->tap_step; }
  HEADRACE_INLINE void next() {
    ++tap;
    if (++kw == task->shape.kernel_w) kw = 0, ++kh;
  }
};

// kCols output pixels, of which the last ones may be the same.
template <class T, int kPieces, int kCols>
HEADRACE_INLINE void depthwise_any_pixels(const DepthwiseTask& task, const DepthwiseBlock& block,
                                          const DepthwiseEpilogue<T>& epilogue, const std::byte* const (&in)[kCols],
                                          std::byte* const (&out)[kCols]) {
  typename T::I sum[kCols][4];
  for (int col = 0; col < kCols; ++col)
    for (int j = 0; j < 4; ++j) sum[col][j] = T::load(reinterpret_cast<const uint8_t*>(block.bias) + j * T::kBytes);
  for (DepthwiseTapCursor cursor{&task}; cursor.inside();) {
    ptrdiff_t offset[4] = {};  // beyond the last tap: the first one, with zero weights
    typename T::I source[4], mixed[4];
    for (int i = 0; i < 4; ++i) {
      source[i] = T::zero();
      if (!cursor.inside()) continue;
      source[i] = T::load(reinterpret_cast<const uint8_t*>(block.weights + cursor.tap * T::kBytes));
      offset[i] = cursor.offset();
      cursor.next();
    }
    T::interleave(source, mixed);
    alignas(64) std::byte weights[4][64], pixels[64];
    for (int j = 0; j < 4; ++j) T::put_weights(weights[j], mixed[j]);
    for (int col = 0; col < kCols; ++col) {
      for (int i = 0; i < 4; ++i) source[i] = T::template load_pieces<kPieces>(in[col] + offset[i], block.input_piece);
      T::interleave(source, mixed);
      for (int j = 0; j < 4; ++j) {
        T::put_pixels(pixels, mixed[j]);
        T::mac(sum[col][j], pixels, T::get_weights(weights[j]));
      }
    }
  }
  for (int col = 0; col < kCols; ++col) {
    const auto low = epilogue.join(epilogue.scaled(sum[col][0], 0), epilogue.scaled(sum[col][1], 1));
    const auto high = epilogue.join(epilogue.scaled(sum[col][2], 2), epilogue.scaled(sum[col][3], 3));
    epilogue.store(low, high, out[col]);
  }
}

template <class T, int kPieces>
void depthwise_any(const DepthwiseTask& task, const DepthwiseBlock& block) {
  constexpr int kCols = T::kTileCols;
  const DepthwiseEpilogue<T> epilogue(*task.epilogue, block);
  for (int row = 0; row < task.row_count; ++row) {
    for (int col = 0; col < block.cols; col += kCols) {
      const std::byte* in[kCols];
      std::byte* out[kCols];
      for (int i = 0; i < kCols; ++i) {
        const int at = col + i < block.cols ? col + i : block.cols - 1;
        in[i] = block.input + row * task.input_row + at * task.input_step;
        out[i] = block.output + row * task.output_row + at * task.output_step;
      }
      depthwise_any_pixels<T, kPieces, kCols>(task, block, epilogue, in, out);
    }
  }
}

}  // namespace headrace::kernels
