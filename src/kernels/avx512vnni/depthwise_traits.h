// What tiles/depthwise_u8*.h need to know of AVX-512 with VNNI: bytes are multiplied as they are.
#pragma once

#include "kernels/avx512vnni/vector.h"

namespace headrace::kernels::avx512vnni {

struct DepthwiseTraits : Vector {
  static constexpr int kTileCols = 4;

  // A vector of bytes in kPieces parts, part i at p + piece[i].
  template <int kPieces>
  static HEADRACE_INLINE I load_pieces(const std::byte* p, const ptrdiff_t* piece) {
    if constexpr (kPieces == 1) {
      return _mm512_loadu_si512(p);
    } else if constexpr (kPieces == 2) {
      return _mm512_inserti64x4(_mm512_castsi256_si512(load32(p + piece[0])), load32(p + piece[1]), 1);
    } else {
      I x = _mm512_castsi128_si512(load16(p + piece[0]));
      x = _mm512_inserti32x4(x, load16(p + piece[1]), 1);
      x = _mm512_inserti32x4(x, load16(p + piece[2]), 2);
      return _mm512_inserti32x4(x, load16(p + piece[3]), 3);
    }
  }
  // The first `n` bytes of every part.
  static HEADRACE_INLINE void store_pieces(std::byte* p, I x, int pieces, const ptrdiff_t* piece, int n) {
    if (pieces == 1) {
      Vector::store(reinterpret_cast<uint8_t*>(p), x, n);
    } else if (pieces == 2) {
      const __mmask32 mask = n >= 32 ? ~__mmask32{0} : (__mmask32{1} << n) - 1;
      _mm256_mask_storeu_epi8(p + piece[0], mask, _mm512_castsi512_si256(x));
      _mm256_mask_storeu_epi8(p + piece[1], mask, _mm512_extracti64x4_epi64(x, 1));
    } else {
      const __mmask16 mask = static_cast<__mmask16>((1u << (n < 16 ? n : 16)) - 1);
      _mm_mask_storeu_epi8(p + piece[0], mask, _mm512_castsi512_si128(x));
      _mm_mask_storeu_epi8(p + piece[1], mask, _mm512_extracti32x4_epi32(x, 1));
      _mm_mask_storeu_epi8(p + piece[2], mask, _mm512_extracti32x4_epi32(x, 2));
      _mm_mask_storeu_epi8(p + piece[3], mask, _mm512_extracti32x4_epi32(x, 3));
    }
  }

  static HEADRACE_INLINE void put_pixels(std::byte* p, I quads) { _mm512_store_si512(p, quads); }
  static HEADRACE_INLINE void put_weights(std::byte* p, I quads) { _mm512_store_si512(p, quads); }
  static HEADRACE_INLINE I get_weights(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE void mac(I& sum, const std::byte* pixels, I weights) {
    sum = _mm512_dpbusd_epi32(sum, _mm512_load_si512(pixels), weights);
  }
  static HEADRACE_INLINE I min_u8(I a, I b) { return _mm512_min_epu8(a, b); }
  // Byte by byte within 128-bit lanes: vector j holds channels 4 j to 4 j + 3 of every lane, four sources each.
  static HEADRACE_INLINE void interleave(const I (&x)[4], I (&quads)[4]) {
    const I low01 = low8(x[0], x[1]), high01 = high8(x[0], x[1]), low23 = low8(x[2], x[3]), high23 = high8(x[2], x[3]);
    quads[0] = low16(low01, low23), quads[1] = high16(low01, low23);
    quads[2] = low16(high01, high23), quads[3] = high16(high01, high23);
  }

 private:
  static HEADRACE_INLINE __m256i load32(const std::byte* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE __m128i load16(const std::byte* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
};

}  // namespace headrace::kernels::avx512vnni
