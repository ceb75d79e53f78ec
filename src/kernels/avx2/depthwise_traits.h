// What tiles/depthwise_u8*.h need to know of AVX2: bytes are widened to 16 bits before they are multiplied (vpmaddwd), since a
// sum of two products of bytes may not fit int16. A quad's even and odd bytes make a vector each.
#pragma once

#include "kernels/avx2/vector.h"

namespace headrace::kernels::avx2 {

struct DepthwiseTraits : Vector {
  static constexpr int kTileCols = 2;

  struct Weights {
    I even, odd;
  };

  // A vector of bytes in kPieces parts, part i at p + piece[i].
  template <int kPieces>
  static HEADRACE_INLINE I load_pieces(const std::byte* p, const ptrdiff_t* piece) {
    if constexpr (kPieces == 1) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    else return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(p + piece[0])), load16(p + piece[1]), 1);
  }
  // The first `n` bytes of every part.
  static HEADRACE_INLINE void store_pieces(std::byte* p, I x, int pieces, const ptrdiff_t* piece, int n) {
    if (pieces == 1) return Vector::store(reinterpret_cast<uint8_t*>(p), x, n);
    store16(p + piece[0], _mm256_castsi256_si128(x), n);
    store16(p + piece[1], _mm256_extracti128_si256(x, 1), n);
  }

  static HEADRACE_INLINE void put_pixels(std::byte* p, I quads) {
    put(p, _mm256_and_si256(quads, _mm256_set1_epi16(0xFF)), _mm256_srli_epi16(quads, 8));
  }
  static HEADRACE_INLINE void put_weights(std::byte* p, I quads) {
    put(p, _mm256_srai_epi16(_mm256_slli_epi16(quads, 8), 8), _mm256_srai_epi16(quads, 8));
  }
  static HEADRACE_INLINE Weights get_weights(const std::byte* p) { return {get(p), get(p + 32)}; }
  static HEADRACE_INLINE void mac(I& sum, const std::byte* pixels, Weights weights) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(weights.even, get(pixels)));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(weights.odd, get(pixels + 32)));
  }
  static HEADRACE_INLINE I min_u8(I a, I b) { return _mm256_min_epu8(a, b); }
  // Byte by byte within 128-bit lanes: vector j holds channels 4 j to 4 j + 3 of every lane, four sources each.
  static HEADRACE_INLINE void interleave(const I (&x)[4], I (&quads)[4]) {
    const I low01 = low8(x[0], x[1]), high01 = high8(x[0], x[1]), low23 = low8(x[2], x[3]), high23 = high8(x[2], x[3]);
    quads[0] = low16(low01, low23), quads[1] = high16(low01, low23);
    quads[2] = low16(high01, high23), quads[3] = high16(high01, high23);
  }

 private:
  static HEADRACE_INLINE I get(const std::byte* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE void put(std::byte* p, I even, I odd) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(p), even);
    _mm256_store_si256(reinterpret_cast<__m256i*>(p + 32), odd);
  }
  static HEADRACE_INLINE __m128i load16(const std::byte* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
  static HEADRACE_INLINE void store16(std::byte* p, __m128i x, int n) {
    if (n >= 16) _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x);
    else Vector::store(reinterpret_cast<uint8_t*>(p), _mm256_castsi128_si256(x), n);
  }
};

}  // namespace headrace::kernels::avx2
