// AVX-512 as the pooling and elementwise tiles (tiles/map.h and on) see it. avx2/vector.h has the same members.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/inline.h"

namespace headrace::kernels::avx512vnni {

struct Vector {
  static constexpr int kLanes = 16, kBytes = 64;
  using F = __m512;   // float32
  using I = __m512i;  // integers of any width

  // Memory; with `n` the first n elements only, the others are zeros.
  static HEADRACE_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
  static HEADRACE_INLINE F load(const float* p, int n) { return _mm512_maskz_loadu_ps(first16(n), p); }
  static HEADRACE_INLINE void store(float* p, F x) { _mm512_storeu_ps(p, x); }
  static HEADRACE_INLINE void store(float* p, F x, int n) { _mm512_mask_storeu_ps(p, first16(n), x); }
  static HEADRACE_INLINE I load(const uint8_t* p) { return _mm512_loadu_si512(p); }
  static HEADRACE_INLINE I load(const uint8_t* p, int n) { return _mm512_maskz_loadu_epi8(first64(n), p); }
  static HEADRACE_INLINE void store(uint8_t* p, I x) { _mm512_storeu_si512(p, x); }
  static HEADRACE_INLINE void store(uint8_t* p, I x, int n) { _mm512_mask_storeu_epi8(p, first64(n), x); }
  // kLanes codes, widened to 32 bits.
  static HEADRACE_INLINE I load_codes(const uint8_t* p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  // The same 16 bytes in every 128-bit lane.
  static HEADRACE_INLINE I load16(const uint8_t* p) {
    return _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }

  static HEADRACE_INLINE F set(float x) { return _mm512_set1_ps(x); }
  static HEADRACE_INLINE I set32(int32_t x) { return _mm512_set1_epi32(x); }
  static HEADRACE_INLINE I set16(int x) { return _mm512_set1_epi16(static_cast<int16_t>(x)); }
  static HEADRACE_INLINE I set8(int x) { return _mm512_set1_epi8(static_cast<char>(x)); }
  static HEADRACE_INLINE I zero() { return _mm512_setzero_si512(); }

  // Where an operand is NaN, min and max give the second one.
  static HEADRACE_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
  static HEADRACE_INLINE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
  static HEADRACE_INLINE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
  static HEADRACE_INLINE F div(F a, F b) { return _mm512_div_ps(a, b); }
  static HEADRACE_INLINE F min(F a, F b) { return _mm512_min_ps(a, b); }
  static HEADRACE_INLINE F max(F a, F b) { return _mm512_max_ps(a, b); }
  static HEADRACE_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }    // a * b + c
  static HEADRACE_INLINE F fnma(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a * b
  static HEADRACE_INLINE F round(F x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static HEADRACE_INLINE F abs(F x) { return _mm512_abs_ps(x); }
  static HEADRACE_INLINE F copy_sign(F magnitude, F sign) {
    return _mm512_or_ps(magnitude, _mm512_and_ps(sign, _mm512_set1_ps(-0.0f)));  // of a magnitude that is not negative
  }
  static HEADRACE_INLINE F if_negative(F x, F then, F otherwise) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ), otherwise, then);
  }
  // x * 2^n for an integer n in [-150, 129], rounded once.
  static HEADRACE_INLINE F scale(F x, F n) { return _mm512_scalef_ps(x, n); }
  static HEADRACE_INLINE float sum(F x) { return _mm512_reduce_add_ps(x); }
  static HEADRACE_INLINE float max_of(F x) { return _mm512_reduce_max_ps(x); }

  static HEADRACE_INLINE I to_int(F x) { return _mm512_cvtps_epi32(x); }  // to nearest even; INT32_MIN for NaN and beyond int32
  static HEADRACE_INLINE F to_float(I x) { return _mm512_cvtepi32_ps(x); }
  static HEADRACE_INLINE F as_float(I x) { return _mm512_castsi512_ps(x); }

  static HEADRACE_INLINE I add32(I a, I b) { return _mm512_add_epi32(a, b); }
  static HEADRACE_INLINE I sub32(I a, I b) { return _mm512_sub_epi32(a, b); }
  static HEADRACE_INLINE I add16(I a, I b) { return _mm512_add_epi16(a, b); }
  static HEADRACE_INLINE I adds16(I a, I b) { return _mm512_adds_epi16(a, b); }
  static HEADRACE_INLINE I subs8(I a, I b) { return _mm512_subs_epi8(a, b); }
  static HEADRACE_INLINE I bit_xor(I a, I b) { return _mm512_xor_si512(a, b); }
  static HEADRACE_INLINE I max_u8(I a, I b) { return _mm512_max_epu8(a, b); }

  // Within 128-bit lanes.
  static HEADRACE_INLINE I low8(I a, I b) { return _mm512_unpacklo_epi8(a, b); }
  static HEADRACE_INLINE I high8(I a, I b) { return _mm512_unpackhi_epi8(a, b); }
  static HEADRACE_INLINE I low16(I a, I b) { return _mm512_unpacklo_epi16(a, b); }
  static HEADRACE_INLINE I high16(I a, I b) { return _mm512_unpackhi_epi16(a, b); }
  static HEADRACE_INLINE I pack32(I a, I b) { return _mm512_packs_epi32(a, b); }
  static HEADRACE_INLINE I pack16(I a, I b) { return _mm512_packus_epi16(a, b); }
  static HEADRACE_INLINE I shuffle8(I x, I index) { return _mm512_shuffle_epi8(x, index); }
  // What packing four vectors has mixed, a dword of each in every lane, in the order of the vectors.
  static HEADRACE_INLINE I in_order(I x) {
    return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), x);
  }

 private:
  static HEADRACE_INLINE __mmask16 first16(int n) {
    return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n < 0 ? 0 : n)) - 1);
  }
  static HEADRACE_INLINE __mmask64 first64(int n) { return n >= 64 ? ~__mmask64{0} : (__mmask64{1} << n) - 1; }
};

}  // namespace headrace::kernels::avx512vnni
