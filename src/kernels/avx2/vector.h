// AVX2 as the pooling and elementwise tiles (tiles/map.h and on) see it. avx512vnni/vector.h has the same members.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/inline.h"

namespace headrace::kernels::avx2 {

struct Vector {
  static constexpr int kLanes = 8, kBytes = 32;
  using F = __m256;   // float32
  using I = __m256i;  // integers of any width

  // Memory; with `n` the first n elements only, the others are zeros.
  static HEADRACE_INLINE F load(const float* p) { return _mm256_loadu_ps(p); }
  static HEADRACE_INLINE F load(const float* p, int n) { return _mm256_maskload_ps(p, first8(n)); }
  static HEADRACE_INLINE void store(float* p, F x) { _mm256_storeu_ps(p, x); }
  static HEADRACE_INLINE void store(float* p, F x, int n) { _mm256_maskstore_ps(p, first8(n), x); }
  static HEADRACE_INLINE I load(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE I load(const uint8_t* p, int n) {
    alignas(32) uint8_t bytes[kBytes] = {};
    __builtin_memcpy(bytes, p, static_cast<size_t>(n < kBytes ? n : kBytes));
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes));
  }
  static HEADRACE_INLINE void store(uint8_t* p, I x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
  static HEADRACE_INLINE void store(uint8_t* p, I x, int n);
  // kLanes codes, widened to 32 bits.
  static HEADRACE_INLINE I load_codes(const uint8_t* p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  // The same 16 bytes in every 128-bit lane.
  static HEADRACE_INLINE I load16(const uint8_t* p) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }

  static HEADRACE_INLINE F set(float x) { return _mm256_set1_ps(x); }
  static HEADRACE_INLINE I set32(int32_t x) { return _mm256_set1_epi32(x); }
  static HEADRACE_INLINE I set16(int x) { return _mm256_set1_epi16(static_cast<int16_t>(x)); }
  static HEADRACE_INLINE I set8(int x) { return _mm256_set1_epi8(static_cast<char>(x)); }
  static HEADRACE_INLINE I zero() { return _mm256_setzero_si256(); }

  // Where an operand is NaN, min and max give the second one.
  static HEADRACE_INLINE F add(F a, F b) { return _mm256_add_ps(a, b); }
  static HEADRACE_INLINE F sub(F a, F b) { return _mm256_sub_ps(a, b); }
  static HEADRACE_INLINE F mul(F a, F b) { return _mm256_mul_ps(a, b); }
  static HEADRACE_INLINE F div(F a, F b) { return _mm256_div_ps(a, b); }
  static HEADRACE_INLINE F min(F a, F b) { return _mm256_min_ps(a, b); }
  static HEADRACE_INLINE F max(F a, F b) { return _mm256_max_ps(a, b); }
  static HEADRACE_INLINE F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }    // a * b + c
  static HEADRACE_INLINE F fnma(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a * b
  static HEADRACE_INLINE F round(F x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static HEADRACE_INLINE F abs(F x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x); }
  static HEADRACE_INLINE F copy_sign(F magnitude, F sign) {
    return _mm256_or_ps(magnitude, _mm256_and_ps(sign, _mm256_set1_ps(-0.0f)));  // of a magnitude that is not negative
  }
  static HEADRACE_INLINE F if_negative(F x, F then, F otherwise) {
    return _mm256_blendv_ps(otherwise, then, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
  }
  // x * 2^n for an integer n in [-150, 129] and x in [0.5, 2]: in two steps, the first of them exact.
  static HEADRACE_INLINE F scale(F x, F n) {
    const I whole = to_int(n), half = _mm256_srai_epi32(whole, 1);
    return mul(mul(x, power_of_two(half)), power_of_two(sub32(whole, half)));
  }
  static HEADRACE_INLINE float sum(F x) {
    __m128 y = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    y = _mm_add_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
  }
  static HEADRACE_INLINE float max_of(F x) {
    __m128 y = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    y = _mm_max_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_max_ss(y, _mm_movehdup_ps(y)));
  }

  static HEADRACE_INLINE I to_int(F x) { return _mm256_cvtps_epi32(x); }  // to nearest even; INT32_MIN for NaN and beyond int32
  static HEADRACE_INLINE F to_float(I x) { return _mm256_cvtepi32_ps(x); }
  static HEADRACE_INLINE F as_float(I x) { return _mm256_castsi256_ps(x); }

  static HEADRACE_INLINE I add32(I a, I b) { return _mm256_add_epi32(a, b); }
  static HEADRACE_INLINE I sub32(I a, I b) { return _mm256_sub_epi32(a, b); }
  static HEADRACE_INLINE I add16(I a, I b) { return _mm256_add_epi16(a, b); }
  static HEADRACE_INLINE I adds16(I a, I b) { return _mm256_adds_epi16(a, b); }
  static HEADRACE_INLINE I subs8(I a, I b) { return _mm256_subs_epi8(a, b); }
  static HEADRACE_INLINE I bit_xor(I a, I b) { return _mm256_xor_si256(a, b); }
  static HEADRACE_INLINE I max_u8(I a, I b) { return _mm256_max_epu8(a, b); }

  // Within 128-bit lanes.
  static HEADRACE_INLINE I low8(I a, I b) { return _mm256_unpacklo_epi8(a, b); }
  static HEADRACE_INLINE I high8(I a, I b) { return _mm256_unpackhi_epi8(a, b); }
  static HEADRACE_INLINE I low16(I a, I b) { return _mm256_unpacklo_epi16(a, b); }
  static HEADRACE_INLINE I high16(I a, I b) { return _mm256_unpackhi_epi16(a, b); }
  static HEADRACE_INLINE I pack32(I a, I b) { return _mm256_packs_epi32(a, b); }
  static HEADRACE_INLINE I pack16(I a, I b) { return _mm256_packus_epi16(a, b); }
  static HEADRACE_INLINE I shuffle8(I x, I index) { return _mm256_shuffle_epi8(x, index); }
  // What packing four vectors has mixed, a dword of each in every lane, in the order of the vectors.
  static HEADRACE_INLINE I in_order(I x) { return _mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)); }

 private:
  static HEADRACE_INLINE I first8(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static HEADRACE_INLINE F power_of_two(I n) { return as_float(_mm256_slli_epi32(add32(n, set32(127)), 23)); }
};

// In powers of two: a copy of unknown length would be a call.
HEADRACE_INLINE void Vector::store(uint8_t* p, I x, int n) {
  if (n >= kBytes) return store(p, x);
  __m128i rest = _mm256_castsi256_si128(x);
  if (n & 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), rest);
    rest = _mm256_extracti128_si256(x, 1);
    p += 16;
  }
  if (n & 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(p), rest);
    rest = _mm_srli_si128(rest, 8);
    p += 8;
  }
  if (n & 4) {
    const int32_t four = _mm_cvtsi128_si32(rest);
    __builtin_memcpy(p, &four, 4);
    rest = _mm_srli_si128(rest, 4);
    p += 4;
  }
  const int32_t last = _mm_cvtsi128_si32(rest);
  if (n & 2) __builtin_memcpy(p, &last, 2);
  if (n & 1) p[n & 2] = static_cast<uint8_t>(last >> ((n & 2) * 8));
}

}  // namespace headrace::kernels::avx2
