// A panel's products for one or two tiles of pixels.
#pragma once

#include "kernels/amx/finish.h"
#include "kernels/amx/operand.h"
#include "kernels/amx/pixels_in_place.h"

namespace headrace::kernels::amx {

// One panel's weights, from some vector on.
struct Weights {
  const std::byte* bias;
  const std::byte* data;
  ptrdiff_t step_bytes;
};

// Asks for the next panel in the course of so many blocks.
class Ahead {
 public:
  HEADRACE_INLINE void ask_for(const std::byte* begin, size_t bytes, int blocks) {
    next_ = reinterpret_cast<const char*>(begin), end_ = next_ + bytes;
    lines_each_ = static_cast<int>(bytes / kRowBytes) / blocks + 1;
  }
  HEADRACE_INLINE void block() {
    for (int i = 0; i < lines_each_ && next_ < end_; ++i, next_ += kRowBytes) __builtin_prefetch(next_, 0, 2);
  }

 private:
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  int lines_each_ = 0;
};

// The products of a block: of M tiles of pixels, which are loaded, and N vectors, from number V on.
template <int M, int N, int V = 0>
HEADRACE_INLINE void multiply_block(const std::byte* weights, ptrdiff_t step_bytes) {
  load_tile<kWeightTile + V % 2>(weights + V * kRowBytes, step_bytes);
  multiply_tiles<V, kPixelTile, kWeightTile + V % 2>();
  if constexpr (M == 2) multiply_tiles<N + V, kPixelTile + 1, kWeightTile + V % 2>();
  if constexpr (V + 1 < N) multiply_block<M, N, V + 1>(weights, step_bytes);
}

// All rows of a vector's sums begin with its bias.
template <int M, int N, int V = 0>
HEADRACE_INLINE void load_bias(const std::byte* bias) {
  load_tile<V>(bias + V * kRowBytes, 0);
  if constexpr (M == 2) load_tile<N + V>(bias + V * kRowBytes, 0);
  if constexpr (V + 1 < N) load_bias<M, N, V + 1>(bias);
}

template <int N, int First, int V = 0>
HEADRACE_INLINE void store_sums(std::byte* sums, ptrdiff_t row_bytes) {
  store_tile<First + V>(sums + V * kRowBytes, row_bytes);
  if constexpr (V + 1 < N) store_sums<N, First, V + 1>(sums, row_bytes);
}

// One pass over the blocks: M tiles of pixels, N vectors; M * N is 4 at most, so that four sums in turn hide the latency of a
// product.
template <int M, int N, class Tiles>
void multiply(const Tiles& given, StepBlocks blocks, const Weights& weights, std::byte* sums, Ahead& ahead) {
  const Tiles pixels = given;  // a store through std::byte* may change anything else
  load_bias<M, N>(weights.bias);
  for (int block = 0; block < blocks.count(); ++block) {
    load_tile<kPixelTile>(pixels.at(0, block), pixels.row_bytes());
    if constexpr (M == 2) load_tile<kPixelTile + 1>(pixels.at(1, block), pixels.row_bytes());
    multiply_block<M, N>(weights.data + blocks.first(block) * weights.step_bytes, weights.step_bytes);
    ahead.block();
  }
  store_sums<N, 0>(sums, weights.step_bytes);
  if constexpr (M == 2) store_sums<N, N>(sums + pixels.pixels_to_next_tile() * weights.step_bytes, weights.step_bytes);
}

// How often multiply() goes through the blocks for so many tiles of pixels.
HEADRACE_INLINE int passes(int tiles, int vectors) { return tiles == 1 ? 1 : vectors == 3 ? 2 : (vectors + 1) / 2; }

// Two tiles of pixels take two vectors at a time, one takes all of them.
template <class Tiles>
void multiply_panel(const Tiles& pixels, int tiles, StepBlocks blocks, const ConvPanel& panel, std::byte* sums, Ahead& ahead) {
  const ptrdiff_t step_bytes = ptrdiff_t{panel.vectors} * kRowBytes;
  const std::byte* const data = U8::weights_of(panel);
  const Weights all{panel.data, data, step_bytes}, upper{panel.data + 2 * kRowBytes, data + 2 * kRowBytes, step_bytes};
  if (tiles == 1) {
    switch (panel.vectors) {
      case 1: return multiply<1, 1>(pixels, blocks, all, sums, ahead);
      case 2: return multiply<1, 2>(pixels, blocks, all, sums, ahead);
      case 3: return multiply<1, 3>(pixels, blocks, all, sums, ahead);
      default: return multiply<1, 4>(pixels, blocks, all, sums, ahead);
    }
  }
  switch (panel.vectors) {
    case 1: return multiply<2, 1>(pixels, blocks, all, sums, ahead);
    case 2: return multiply<2, 2>(pixels, blocks, all, sums, ahead);
    case 3:
      multiply<1, 3>(pixels, blocks, all, sums, ahead);
      return multiply<1, 3>(pixels.next(), blocks, all, sums + pixels.pixels_to_next_tile() * step_bytes, ahead);
    default:
      multiply<2, 2>(pixels, blocks, all, sums, ahead);
      return multiply<2, 2>(pixels, blocks, upper, sums + 2 * kRowBytes, ahead);
  }
}

}  // namespace headrace::kernels::amx
