// What the tiles of Winograd need to know of AVX2.
#pragma once

#include "kernels/avx2/conv_traits.h"
#include "kernels/tiles/winograd_output.h"

namespace headrace::kernels::avx2 {

// Input patches of u8, as s16.
struct WinogradS16 {
  using Vector = __m256i;
  static constexpr int kLanes = 16, kLoadBytes = 16, kStoreBytes = 32;
  static HEADRACE_INLINE Vector load(const std::byte* p) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
  }
  static HEADRACE_INLINE void store(std::byte* p, Vector v) { _mm256_store_si256(reinterpret_cast<__m256i*>(p), v); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi16(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_epi16(a, b); }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return add(a, S == 1 ? add(b, b) : _mm256_slli_epi16(b, S));
  }
  template <int S>
  static HEADRACE_INLINE Vector sub_shifted(Vector a, Vector b) {
    return sub(a, S == 1 ? add(b, b) : _mm256_slli_epi16(b, S));
  }
};

// Sums in s32 to codes.
struct WinogradS32 {
  using Vector = __m256i;
  using Float = __m256;
  static constexpr int kLanes = 8, kGroup = 2;
  static HEADRACE_INLINE Vector load(const std::byte* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE Vector load_bias(const std::byte* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return add(a, S == 1 ? add(b, b) : _mm256_slli_epi32(b, S));
  }
  static HEADRACE_INLINE Float load_multiplier(const float* p) { return _mm256_loadu_ps(p); }
  static HEADRACE_INLINE Float scaled(Float m, float factor) { return _mm256_mul_ps(m, _mm256_set1_ps(factor)); }
  static HEADRACE_INLINE Vector requantise(Vector y, Float m) {
    const Vector sum = _mm256_mullo_epi32(y, _mm256_set1_epi32(kInverseOfNine));
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(sum), m));
  }
  static HEADRACE_INLINE Vector add_codes(Vector q, const std::byte* p, const ConvEpilogue& e) {
    const Vector addend = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    const Vector zero = _mm256_set1_epi32(e.zero_point);
    q = _mm256_min_epi32(_mm256_max_epi32(add(q, zero), _mm256_set1_epi32(e.minimum)), _mm256_set1_epi32(e.maximum));
    const Float own = _mm256_cvtepi32_ps(q), other = _mm256_cvtepi32_ps(addend);
    const Float b = _mm256_fmadd_ps(e.own_is_a ? other : own, _mm256_set1_ps(e.sum.b_ratio), _mm256_set1_ps(e.sum.shift));
    return _mm256_cvtps_epi32(_mm256_fmadd_ps(e.own_is_a ? own : other, _mm256_set1_ps(e.sum.a_ratio), b));
  }

  struct Limits {
    __m256i zero;
    __m128i minimum, maximum;
  };
  static HEADRACE_INLINE Limits limits(const ConvEpilogue& e) {
    return {_mm256_set1_epi16(static_cast<short>(e.add ? 0 : e.zero_point)),
            _mm_set1_epi8(static_cast<char>(e.add ? e.sum.minimum : e.minimum)),
            _mm_set1_epi8(static_cast<char>(e.add ? e.sum.maximum : e.maximum))};
  }
  static HEADRACE_INLINE void store_codes(std::byte* p, const Vector (&q)[kGroup], int channels, const Limits& limits) {
    const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(q[0], q[1]), limits.zero);
    const __m256i bytes = _mm256_packus_epi16(words, words);
    __m128i codes = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    codes = _mm_min_epu8(_mm_max_epu8(codes, limits.minimum), limits.maximum);
    if (channels >= 2 * kLanes) return _mm_storeu_si128(reinterpret_cast<__m128i*>(p), codes);
    alignas(16) std::byte rest[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(rest), codes);
    __builtin_memcpy(p, rest, channels);
  }
};

struct WinogradF32 {
  using Vector = __m256;
  static constexpr int kLanes = 8, kLoadBytes = 32, kStoreBytes = 32;
  static HEADRACE_INLINE Vector load(const std::byte* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
  static HEADRACE_INLINE Vector load_bias(const std::byte* p) { return load(p); }
  static HEADRACE_INLINE void store(std::byte* p, Vector v) { _mm256_store_ps(reinterpret_cast<float*>(p), v); }
  static HEADRACE_INLINE Vector zero() { return _mm256_setzero_ps(); }
  static HEADRACE_INLINE Vector add(Vector a, Vector b) { return _mm256_add_ps(a, b); }
  static HEADRACE_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_ps(a, b); }
  static HEADRACE_INLINE Vector multiply_add(Vector a, float factor, Vector b) {
    return _mm256_fmadd_ps(a, _mm256_set1_ps(factor), b);
  }
  template <int S>
  static HEADRACE_INLINE Vector add_shifted(Vector a, Vector b) {
    return _mm256_fmadd_ps(b, _mm256_set1_ps(1 << S), a);
  }
  template <int S>
  static HEADRACE_INLINE Vector sub_shifted(Vector a, Vector b) {
    return _mm256_fnmadd_ps(b, _mm256_set1_ps(1 << S), a);
  }
  static HEADRACE_INLINE Vector load_addend(const std::byte* p, int channels) {
    return _mm256_maskload_ps(reinterpret_cast<const float*>(p), first8(channels));
  }
  static HEADRACE_INLINE void store_clamped(std::byte* p, Vector y, int channels, const ConvEpilogue& e) {
    y = _mm256_min_ps(_mm256_max_ps(y, _mm256_set1_ps(e.minimum_f32)), _mm256_set1_ps(e.maximum_f32));
    float* const out = reinterpret_cast<float*>(p);
    if (channels >= kLanes) _mm256_storeu_ps(out, y);
    else _mm256_maskstore_ps(out, first8(channels), y);
  }
};

}  // namespace headrace::kernels::avx2
