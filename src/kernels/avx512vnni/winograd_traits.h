// What the tiles of Winograd need to know of AVX-512.
#pragma once

#include "kernels/avx512vnni/conv_traits.h"
#include "kernels/tiles/winograd_output.h"

namespace headrace::kernels::avx512vnni {

// Input patches of u8, as s16.
struct WinogradS16 {
  using Vector = __m512i;
  static constexpr int kLanes = 32, kLoadBytes = 32, kStoreBytes = 64;
  static HEADRACE_INLINE Vector load(const std::byte* p) {
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static HEADRACE_INLINE void store(std::byte* p, Vector v) { _mm512_store_si512(p, v); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi16(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_epi16(a, b); }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return add(a, S == 1 ? add(b, b) : _mm512_slli_epi16(b, S));
  }
  template <int S>
  static HEADRACE_INLINE Vector sub_shifted(Vector a, Vector b) {
    return sub(a, S == 1 ? add(b, b) : _mm512_slli_epi16(b, S));
  }
};

// Sums in s32 to codes.
struct WinogradS32 {
  using Vector = __m512i;
  using Float = __m512;
  static constexpr int kLanes = 16, kGroup = 4;
  static HEADRACE_INLINE Vector load(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE Vector load_bias(const std::byte* p) { return _mm512_loadu_si512(p); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return add(a, S == 1 ? add(b, b) : _mm512_slli_epi32(b, S));
  }
  static HEADRACE_INLINE Float load_multiplier(const float* p) { return _mm512_loadu_ps(p); }
  static HEADRACE_INLINE Float scaled(Float m, float factor) { return _mm512_mul_ps(m, _mm512_set1_ps(factor)); }
  static HEADRACE_INLINE Vector requantise(Vector y, Float m) {
    const Vector sum = _mm512_mullo_epi32(y, _mm512_set1_epi32(kInverseOfNine));
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), m));
  }
  static HEADRACE_INLINE Vector add_codes(Vector q, const std::byte* p, const ConvEpilogue& e) {
    const Vector addend = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    const Vector zero = _mm512_set1_epi32(e.zero_point);
    q = _mm512_min_epi32(_mm512_max_epi32(add(q, zero), _mm512_set1_epi32(e.minimum)), _mm512_set1_epi32(e.maximum));
    const Float own = _mm512_cvtepi32_ps(q), other = _mm512_cvtepi32_ps(addend);
    const Float b = _mm512_fmadd_ps(e.own_is_a ? other : own, _mm512_set1_ps(e.sum.b_ratio), _mm512_set1_ps(e.sum.shift));
    return _mm512_cvtps_epi32(_mm512_fmadd_ps(e.own_is_a ? own : other, _mm512_set1_ps(e.sum.a_ratio), b));
  }

  struct Limits {
    __m512i zero, minimum, maximum, order;
  };
  static HEADRACE_INLINE Limits limits(const ConvEpilogue& e) {
    return {_mm512_set1_epi16(static_cast<short>(e.add ? 0 : e.zero_point)),
            _mm512_set1_epi8(static_cast<char>(e.add ? e.sum.minimum : e.minimum)),
            _mm512_set1_epi8(static_cast<char>(e.add ? e.sum.maximum : e.maximum)),
            _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)};  // undoes the packing within lanes
  }
  static HEADRACE_INLINE void store_codes(std::byte* p, const Vector (&q)[kGroup], int channels, const Limits& limits) {
    const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), limits.zero);
    const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), limits.zero);
    const __m512i codes = _mm512_permutexvar_epi32(limits.order, _mm512_packus_epi16(low, high));
    const __mmask64 mask = channels >= 64 ? ~__mmask64{0} : (__mmask64{1} << channels) - 1;
    _mm512_mask_storeu_epi8(p, mask, _mm512_min_epu8(_mm512_max_epu8(codes, limits.minimum), limits.maximum));
  }
};

struct WinogradF32 {
  using Vector = __m512;
  static constexpr int kLanes = 16, kLoadBytes = 64, kStoreBytes = 64;
  static HEADRACE_INLINE Vector load(const std::byte* p) { return _mm512_loadu_ps(p); }
  static HEADRACE_INLINE Vector load_bias(const std::byte* p) { return load(p); }
  static HEADRACE_INLINE void store(std::byte* p, Vector v) { _mm512_store_ps(p, v); }
  static HEADRACE_INLINE Vector zero() { return _mm512_setzero_ps(); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm512_add_ps(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_ps(a, b); }
  static HEADRACE_INLINE Vector multiply_add(Vector a, float factor, Vector b) {
    return _mm512_fmadd_ps(a, _mm512_set1_ps(factor), b);
  }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return _mm512_fmadd_ps(b, _mm512_set1_ps(1 << S), a);
  }
  template <int S>
  static HEADRACE_INLINE Vector sub_shifted(Vector a, Vector b) {
    return _mm512_fnmadd_ps(b, _mm512_set1_ps(1 << S), a);
  }
  static HEADRACE_INLINE Vector load_addend(const std::byte* p, int channels) {
    return _mm512_maskz_loadu_ps(first16(channels), p);
  }
  static HEADRACE_INLINE void store_clamped(std::byte* p, Vector y, int channels, const ConvEpilogue& e) {
    y = _mm512_min_ps(_mm512_max_ps(y, _mm512_set1_ps(e.minimum_f32)), _mm512_set1_ps(e.maximum_f32));
    _mm512_mask_storeu_ps(p, first16(channels), y);
  }
};

}  // namespace headrace::kernels::avx512vnni
