// The pixels of a task, copied into tiles: what would be rows of im2col, for as many pixels as fit the workspace, made once and
// read by all panels.
#pragma once

#include <immintrin.h>

#include "kernels/amx/tiles.h"
#include "kernels/conv.h"

namespace headrace::kernels::amx {

HEADRACE_INLINE int least(int a, int b) { return a < b ? a : b; }

// How steps fall into blocks, a tile's depth. Where they are no multiple of 16, the last block is again the last 16 steps, so
// that nothing is read behind the weights; those that came before stand as zeros in its tile of pixels.
struct StepBlocks {
  int steps;

  HEADRACE_INLINE int count() const { return (steps + 15) / 16; }
  HEADRACE_INLINE int depth() const { return least(steps, 16); }
  HEADRACE_INLINE int first(int block) const { return least(16 * block, steps - depth()); }
  // Which of its steps no block before has.
  HEADRACE_INLINE __mmask16 fresh(int block) const {
    const unsigned all = (1u << depth()) - 1;
    return static_cast<__mmask16>(all & (all << (16 * block - first(block))));
  }
};

// A block's steps, cut where they do not follow each other in memory. 16 channels times 4 are one run.
class Runs {
 public:
  HEADRACE_INLINE Runs(__m512i offsets, __mmask16 fresh, const int32_t* first) {
    const __m512i distances = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60);
    for (unsigned left = fresh; left != 0; ++count_) {
      if (count_ == kMost) {
        count_ = kMost + 1;
        return;
      }
      const int step = __builtin_ctz(left);
      const int32_t base = first[step] - 4 * step;
      masks_[count_] = _mm512_mask_cmpeq_epi32_mask(static_cast<__mmask16>(left), offsets,
                                                    _mm512_add_epi32(distances, _mm512_set1_epi32(base)));
      bases_[count_] = base;
      left &= ~unsigned{masks_[count_]};
    }
  }
  // More than kMost: how many is not known.
  HEADRACE_INLINE int count() const { return count_; }
  // The block's row for a pixel, of N runs. Bytes outside the masks are not touched.
  template <int N>
  HEADRACE_INLINE __m512i load(const std::byte* pixel) const {
    __m512i row = _mm512_maskz_loadu_epi32(masks_[0], pixel + bases_[0]);
#pragma GCC unroll 4
    for (int i = 1; i < N; ++i) row = _mm512_mask_loadu_epi32(row, masks_[i], pixel + bases_[i]);
    return row;
  }

 private:
  static constexpr int kMost = 4;  // beyond, gathering is the faster way
  int count_ = 0;
  __mmask16 masks_[kMost];
  ptrdiff_t bases_[kMost];
};

// Where copied pixels lie: [tiles][blocks][rows][64 bytes].
struct Operand {
  std::byte* data;
  int rows;  // pixels of a tile
  StepBlocks blocks;

  HEADRACE_INLINE ptrdiff_t block_bytes() const { return ptrdiff_t{kRowBytes} * rows; }
  HEADRACE_INLINE ptrdiff_t tile_bytes() const { return block_bytes() * blocks.count(); }

  // As the multiplication reads them, from a tile on (pixels_in_place.h has the other way).
  struct Tiles {
    const std::byte* first;
    ptrdiff_t tile_bytes, block_bytes;
    int rows;

    HEADRACE_INLINE const std::byte* at(int tile, int block) const { return first + tile * tile_bytes + block * block_bytes; }
    HEADRACE_INLINE ptrdiff_t row_bytes() const { return kRowBytes; }
    HEADRACE_INLINE int pixels_to_next_tile() const { return rows; }
    HEADRACE_INLINE Tiles next() const { return {first + tile_bytes, tile_bytes, block_bytes, rows}; }
  };
  HEADRACE_INLINE Tiles from(int tile) const { return {data + tile * tile_bytes(), tile_bytes(), block_bytes(), rows}; }
};

// Row by row what `load` makes of a pixel. The last tile's rows beyond `count` keep what was there; their sums are nobody's.
template <class Load>
HEADRACE_INLINE void copy_block(const Operand& to, int block, const ConvPixel* pixel, int count, ptrdiff_t input_offset,
                                const Load& load) {
  // Locals: a store may change anything else.
  const int rows = to.rows;
  const ptrdiff_t to_next_tile = to.tile_bytes() - to.block_bytes();
  const ConvPixel* const end = pixel + count;
  for (std::byte* out = to.data + block * to.block_bytes(); pixel < end; out += to_next_tile) {
    const ConvPixel* const stop = end - pixel < rows ? end : pixel + rows;
    for (; pixel != stop; ++pixel, out += kRowBytes) _mm512_store_si512(out, load(pixel->input + input_offset));
  }
}

inline void copy_pixels(const Operand& to, const int32_t* offsets, const ConvPixel* pixels, int count, ptrdiff_t input_offset) {
  for (int block = 0; block < to.blocks.count(); ++block) {
    const int32_t* const first = offsets + to.blocks.first(block);
    const __mmask16 fresh = to.blocks.fresh(block);
    const __m512i distances = _mm512_maskz_loadu_epi32(static_cast<__mmask16>((1u << to.blocks.depth()) - 1), first);
    const Runs runs(distances, fresh, first);
    const auto copy = [&](auto load) { copy_block(to, block, pixels, count, input_offset, load); };
    switch (runs.count()) {
      case 1: copy([runs](const std::byte* pixel) { return runs.load<1>(pixel); }); break;
      case 2: copy([runs](const std::byte* pixel) { return runs.load<2>(pixel); }); break;
      case 3: copy([runs](const std::byte* pixel) { return runs.load<3>(pixel); }); break;
      case 4: copy([runs](const std::byte* pixel) { return runs.load<4>(pixel); }); break;
      default:
        copy([=](const std::byte* pixel) {
          return _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), fresh, distances, pixel, 1);
        });
    }
  }
}

}  // namespace headrace::kernels::amx
