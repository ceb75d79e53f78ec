// What the pools of pool_tile.h share: the window over the picture, vectors of either type of element, blocks of channels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/pool.h"
#include "kernels/tiles/inline.h"

namespace headrace::kernels {

// `rows` x `cols` taps; the first row's first one at `begin`.
struct PoolWindow {
  const std::byte* begin;
  int rows, cols;
  ptrdiff_t row_bytes, col_bytes;

  explicit HEADRACE_INLINE PoolWindow(const PoolTask& t)
      : begin(t.input), rows(t.kernel_h), cols(t.kernel_w), row_bytes(t.tap_row), col_bytes(t.tap_step) {}
  explicit HEADRACE_INLINE PoolWindow(const GlobalPoolTask& t)
      : begin(t.input), rows(t.rows), cols(t.cols), row_bytes(t.input_row), col_bytes(t.input_step) {}

  // Calls visit(address of the tap's first channel) in row order. kSize: the window is of kSize x kSize, and the loops go; 0: of
  // any size.
  template <int kSize, class Visit>
  HEADRACE_INLINE void each(const Visit& visit) const {
    const std::byte* row = begin;
#pragma GCC unroll 3
    for (int r = 0; r < (kSize > 0 ? kSize : rows); ++r, row += row_bytes) {
      const std::byte* tap = row;
#pragma GCC unroll 3
      for (int c = 0; c < (kSize > 0 ? kSize : cols); ++c, tap += col_bytes) visit(tap);
    }
  }
};

// Runs the code made for the usual sizes, or that for any: body, with the size (each()) as its argument.
template <class Body>
HEADRACE_INLINE void by_size(const PoolTask& task, const Body& body) {
  const int size = task.kernel_h == task.kernel_w ? task.kernel_h : 0;
  if (size == 3) return body.template operator()<3>();
  if (size == 2) return body.template operator()<2>();
  body.template operator()<0>();
}

// A vector of elements of one type.
template <class T>
struct PoolU8 {
  using Element = uint8_t;
  using V = typename T::I;
  static constexpr int kWidth = T::kBytes;
  static HEADRACE_INLINE V max(V a, V b) { return T::max_u8(a, b); }
};
template <class T>
struct PoolF32 {
  using Element = float;
  using V = typename T::F;
  static constexpr int kWidth = T::kLanes;
  static HEADRACE_INLINE V max(V a, V b) { return T::max(a, b); }
};

template <class T, class E>
HEADRACE_INLINE typename E::V load_tap(const std::byte* tap, int channel) {
  return T::load(reinterpret_cast<const typename E::Element*>(tap) + channel);
}

// The first `n` elements of `v` to `channel` and on.
template <class T, class E>
HEADRACE_INLINE void store_channels(std::byte* pixel, int channel, typename E::V v, int n) {
  auto* out = reinterpret_cast<typename E::Element*>(pixel) + channel;
  if (n >= E::kWidth) T::store(out, v);
  else T::store(out, v, n);
}

// Calls body(the block's first channel, an integral constant: its vectors, how many of its channels exist).
template <int kWidth, int kMost, class Body>
HEADRACE_INLINE void channel_blocks(int channels, const Body& body) {
  int c = 0;
  for (; c + kMost * kWidth <= channels; c += kMost * kWidth) body.template operator()<kMost>(c, kMost * kWidth);
  for (; c < channels; c += kWidth) body.template operator()<1>(c, channels - c);
}

}  // namespace headrace::kernels
