// A panel's products for one or two tiles of pixels.
#pragma once

#include "kernels/amx/meanwhile.h"
#include "kernels/amx/operand.h"
#include "kernels/amx/pixels_in_place.h"

namespace headrace::kernels::amx {

// One panel's weights, from some vector on.
struct Weights {
  const std::byte* bias;
  const std::byte* data;
  ptrdiff_t step_bytes;
};

// Tiles of sums that are complete and still in their registers. A store waits for the last product, and the next product into the
// same register waits for the store: so each is stored only when its register is wanted, between the first products of the next
// pass. (Stored one after the other, all four took as long again as a block's products: 147 cycles instead of 92.)
class OpenSums {
 public:
  HEADRACE_INLINE void open(std::byte* sums, ptrdiff_t row_bytes, ptrdiff_t tile_bytes, int tiles, int vectors) {
    for (int t = 0; t < tiles * vectors; ++t) at_[t] = sums + t / vectors * tile_bytes + t % vectors * kRowBytes;
    row_bytes_ = row_bytes, count_ = tiles * vectors;
  }
  template <int T>
  HEADRACE_INLINE void store() const {
    if (T < count_) store_tile<T>(at_[T], row_bytes_);
  }
  // Those from number T on; then none is open.
  template <int T>
  HEADRACE_INLINE void store_rest() {
    if constexpr (T < 4) {
      store<T>();
      store_rest<T + 1>();
    } else {
      count_ = 0;
    }
  }

 private:
  std::byte* at_[4] = {};
  ptrdiff_t row_bytes_ = 0;
  int count_ = 0;
};

// The sum of tile number T: of pixels M, weights.
template <int T, int M, int W, bool First>
HEADRACE_INLINE void add_product(const std::byte* bias, const OpenSums& before, Meanwhile& meanwhile) {
  if constexpr (First) {
    before.store<T>();
    load_tile<T>(bias, 0);
  }
  multiply_tiles<T, kPixelTile + M, kWeightTile + W>();
  meanwhile.product();
}

// The products of a block: of M tiles of pixels, which are loaded, and N vectors, from number V on. In the first block sums begin
// with the bias.
template <int M, int N, bool First, int V = 0>
HEADRACE_INLINE void multiply_block(const Weights& weights, const std::byte* data, const OpenSums& before, Meanwhile& meanwhile) {
  load_tile<kWeightTile + V % 2>(data + V * kRowBytes, weights.step_bytes);
  add_product<V, 0, V % 2, First>(weights.bias + V * kRowBytes, before, meanwhile);
  if constexpr (M == 2) add_product<N + V, 1, V % 2, First>(weights.bias + V * kRowBytes, before, meanwhile);
  if constexpr (V + 1 < N) multiply_block<M, N, First, V + 1>(weights, data, before, meanwhile);
}

template <int M, class Tiles>
HEADRACE_INLINE void load_pixels(const Tiles& pixels, int block) {
  load_tile<kPixelTile>(pixels.at(0, block), pixels.row_bytes());
  if constexpr (M == 2) load_tile<kPixelTile + 1>(pixels.at(1, block), pixels.row_bytes());
}

// One pass over the blocks: M tiles of pixels, N vectors; M * N is 4 at most. `sums`: where they will go.
template <int M, int N, class Tiles>
void multiply(const Tiles& given, StepBlocks blocks, const Weights& weights, std::byte* sums, OpenSums& open, Meanwhile& meanwhile) {
  const Tiles pixels = given;  // a store through std::byte* may change anything else
  load_pixels<M>(pixels, 0);
  multiply_block<M, N, true>(weights, weights.data, open, meanwhile);
  open.store_rest<M * N>();
  meanwhile.block();
  for (int block = 1; block < blocks.count(); ++block) {
    load_pixels<M>(pixels, block);
    multiply_block<M, N, false>(weights, weights.data + blocks.first(block) * weights.step_bytes, open, meanwhile);
    meanwhile.block();
  }
  open.open(sums, weights.step_bytes, pixels.pixels_to_next_tile() * weights.step_bytes, M, N);
}

// How often multiply() goes through the blocks for so many tiles of pixels.
HEADRACE_INLINE int passes(int tiles, int vectors) { return tiles == 1 ? 1 : vectors == 3 ? 2 : (vectors + 1) / 2; }

// Two tiles of pixels take two vectors at a time, one takes all of them.
template <class Tiles>
void multiply_panel(const Tiles& pixels, int tiles, StepBlocks blocks, const ConvPanel& panel, std::byte* sums, OpenSums& open,
                    Meanwhile& meanwhile) {
  const ptrdiff_t step_bytes = ptrdiff_t{panel.vectors} * kRowBytes;
  const std::byte* const data = U8::weights_of(panel);
  const Weights all{panel.data, data, step_bytes}, upper{panel.data + 2 * kRowBytes, data + 2 * kRowBytes, step_bytes};
  if (tiles == 1) {
    switch (panel.vectors) {
      case 1: return multiply<1, 1>(pixels, blocks, all, sums, open, meanwhile);
      case 2: return multiply<1, 2>(pixels, blocks, all, sums, open, meanwhile);
      case 3: return multiply<1, 3>(pixels, blocks, all, sums, open, meanwhile);
      default: return multiply<1, 4>(pixels, blocks, all, sums, open, meanwhile);
    }
  }
  switch (panel.vectors) {
    case 1: return multiply<2, 1>(pixels, blocks, all, sums, open, meanwhile);
    case 2: return multiply<2, 2>(pixels, blocks, all, sums, open, meanwhile);
    case 3:
      multiply<1, 3>(pixels, blocks, all, sums, open, meanwhile);
      return multiply<1, 3>(pixels.next(), blocks, all, sums + pixels.pixels_to_next_tile() * step_bytes, open, meanwhile);
    default:
      multiply<2, 2>(pixels, blocks, all, sums, open, meanwhile);
      return multiply<2, 2>(pixels, blocks, upper, sums + 2 * kRowBytes, open, meanwhile);
  }
}

}  // namespace headrace::kernels::amx
