// What tiles/conv_tile.h needs to know of AVX2.
#pragma once

#include <immintrin.h>

#include "kernels/tiles/conv_tile.h"

namespace headrace::kernels::avx2 {

constexpr int kLanes = 8;

HEADRACE_INLINE __m256i broadcast_four(const std::byte* p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return _mm256_set1_epi32(four);
}

// The first `n` of eight lanes.
HEADRACE_INLINE __m256i first8(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

// u8 x s8 into s32: vpmaddubsw adds neighbouring products in int16, which the packing has made sure cannot saturate.
struct U8 {
  static constexpr int kLanes = avx2::kLanes;
  static constexpr bool kPairs = true;
  static constexpr int rows(int vectors) { return vectors == 2 ? 5 : 8; }
  using Acc = __m256i;
  using Operand = __m256i;
  using Weight = __m256i;
  static HEADRACE_INLINE Acc load_bias(const std::byte* p) { return load_weight(p); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return broadcast_four(p); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) {
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)));
  }
  static HEADRACE_INLINE void mac2(Acc& acc, Operand x0, Weight w0, Operand x1, Weight w1) {
    const __m256i sum = _mm256_add_epi16(_mm256_maddubs_epi16(x0, w0), _mm256_maddubs_epi16(x1, w1));
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(sum, _mm256_set1_epi16(1)));
  }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * 2 * kLanes * 4; }


  struct Epilogue : ConvEpilogue {
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue& e) : ConvEpilogue(e) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                                    const Epilogue& e);

 private:
  static HEADRACE_INLINE __m256i scaled(Acc acc, const std::byte* multiplier, int v) {
    const __m256 m = _mm256_load_ps(reinterpret_cast<const float*>(multiplier) + v * kLanes);
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_cvtepi32_ps(acc), m));
  }
  static HEADRACE_INLINE __m256i add(__m256i own, __m256i addend, const ConvEpilogue& e) {
    const __m256i zero = _mm256_set1_epi32(e.zero_point);
    const __m256i q = _mm256_min_epi32(_mm256_max_epi32(_mm256_add_epi32(own, zero), _mm256_set1_epi32(e.minimum)),
                                       _mm256_set1_epi32(e.maximum));
    const __m256 a = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(q, zero)), _mm256_set1_ps(e.own_ratio));
    const __m256 b = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(addend, _mm256_set1_epi32(e.addend_zero_point))),
                                   _mm256_set1_ps(e.addend_ratio));
    return _mm256_cvtps_epi32(_mm256_add_ps(a, b));
  }
  template <int NV>
  static HEADRACE_INLINE void add_all(__m256i (&q)[NV], const std::byte* addend, int channels, const Epilogue& e);
  static HEADRACE_INLINE void store_float(const Acc* acc, int nv, float* out, const std::byte* multiplier, int channels);
};

// The addend's codes in the panel's lane order.
template <int NV>
HEADRACE_INLINE void U8::add_all(__m256i (&q)[NV], const std::byte* from, int channels, const Epilogue& e) {
  alignas(16) std::byte rest[16] = {};
  if (channels < NV * kLanes) from = static_cast<std::byte*>(__builtin_memcpy(rest, from, channels));
  if constexpr (NV == 2) {
    const __m256i words = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    q[0] = add(q[0], _mm256_unpacklo_epi16(words, _mm256_setzero_si256()), e);
    q[1] = add(q[1], _mm256_unpackhi_epi16(words, _mm256_setzero_si256()), e);
  } else {
    q[0] = add(q[0], _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))), e);
  }
}

// Rare (a classifier's last layer), so that lanes are put in order one by one.
HEADRACE_INLINE void U8::store_float(const Acc* acc, int nv, float* out, const std::byte* multiplier, int channels) {
  alignas(32) float lanes[2 * kLanes];
  for (int v = 0; v < nv; ++v) {
    const __m256 m = _mm256_load_ps(reinterpret_cast<const float*>(multiplier) + v * kLanes);
    _mm256_store_ps(lanes + v * kLanes, _mm256_mul_ps(_mm256_cvtepi32_ps(acc[v]), m));
  }
  for (int c = 0; c < channels; ++c) out[c] = lanes[packed_lane(c, nv, kLanes)];
}

template <int NV>
HEADRACE_INLINE void U8::store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                               const Epilogue& e) {
  if (e.output == ConvOutput::kF32) return store_float(acc, NV, reinterpret_cast<float*>(pixel.output), multiplier, channels);
  int zero = e.zero_point, minimum = e.minimum, maximum = e.maximum;
  __m256i q[NV];
#pragma GCC unroll 2
  for (int v = 0; v < NV; ++v) q[v] = scaled(acc[v], multiplier, v);
  if (e.add) {
    zero = e.sum_zero_point, minimum = e.sum_minimum, maximum = e.sum_maximum;
    add_all<NV>(q, pixel.addend, channels, e);
  }
  const __m256i words = _mm256_adds_epi16(_mm256_packs_epi32(q[0], q[NV - 1]), _mm256_set1_epi16(static_cast<short>(zero)));
  const __m256i bytes = _mm256_packus_epi16(words, words);
  const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  __m128i codes = NV == 2 ? _mm_unpacklo_epi64(low, high) : _mm_unpacklo_epi32(low, high);
  codes = _mm_min_epu8(_mm_max_epu8(codes, _mm_set1_epi8(static_cast<char>(minimum))), _mm_set1_epi8(static_cast<char>(maximum)));
  if (channels >= NV * kLanes) {
    if constexpr (NV == 2)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(pixel.output), codes);
    else
      _mm_storel_epi64(reinterpret_cast<__m128i*>(pixel.output), codes);
  } else {
    alignas(16) std::byte rest[16];
    _mm_store_si128(reinterpret_cast<__m128i*>(rest), codes);
    __builtin_memcpy(pixel.output, rest, channels);
  }
}

struct Plain {
  static constexpr int kLanes = avx2::kLanes;
  static constexpr bool kPairs = false;
  static constexpr int rows(int vectors) { return vectors == 2 ? 6 : 12; }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * kLanes * 4; }
};

// s16 x s16 into s32, wrapping.
struct S16 : Plain {
  using Acc = __m256i;
  using Operand = __m256i;
  using Weight = __m256i;
  static HEADRACE_INLINE Acc load_bias(const std::byte*) { return _mm256_setzero_si256(); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return U8::load_weight(p); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return broadcast_four(p); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) { acc = _mm256_add_epi32(acc, _mm256_madd_epi16(x, w)); }
  struct Epilogue {
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue&) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte*, int channels, const Epilogue&) {
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v)
      _mm256_maskstore_epi32(reinterpret_cast<int*>(pixel.output + v * 32), first8(channels - v * kLanes), acc[v]);
  }
};

// f32 x f32 into f32, fused multiply-add.
struct F32 : Plain {
  using Acc = __m256;
  using Operand = __m256;
  using Weight = __m256;
  static HEADRACE_INLINE Acc load_bias(const std::byte* p) { return load_weight(p); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm256_load_ps(reinterpret_cast<const float*>(p)); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(p)); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) { acc = _mm256_fmadd_ps(x, w, acc); }
  struct Epilogue {
    __m256 low, high;
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue& e)
        : low(_mm256_set1_ps(e.minimum_f32)), high(_mm256_set1_ps(e.maximum_f32)) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte*, int channels,
                                    const Epilogue& e) {
#pragma GCC unroll 2
    for (int v = 0; v < NV; ++v) {
      const __m256i mask = first8(channels - v * kLanes);
      __m256 y = acc[v];
      if (pixel.addend)
        y = _mm256_add_ps(y, _mm256_maskload_ps(reinterpret_cast<const float*>(pixel.addend + v * 32), mask));
      _mm256_maskstore_ps(reinterpret_cast<float*>(pixel.output + v * 32), mask, _mm256_min_ps(e.high, _mm256_max_ps(e.low, y)));
    }
  }
};

}  // namespace headrace::kernels::avx2
