// What tiles/conv_tile.h needs to know of AVX-512 with VNNI.
#pragma once

#include <immintrin.h>

#include "kernels/tiles/conv_tile.h"

namespace headrace::kernels::avx512vnni {

struct Geometry {
  static constexpr int kLanes = 16;
  static constexpr bool kPairs = false;
  // 24 accumulators, the panel's weights and one operand fit 32 registers.
  static constexpr int rows(int vectors) { return vectors == 4 ? 6 : vectors == 3 ? 8 : 12; }
};

HEADRACE_INLINE __mmask16 first16(int n) { return n >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << (n < 0 ? 0 : n)) - 1); }

// u8 x s8 into s32.
struct U8 : Geometry {
  using Acc = __m512i;
  using Operand = __m512i;
  using Weight = __m512i;
  static HEADRACE_INLINE Acc load_bias(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) {
    int32_t four;
    __builtin_memcpy(&four, p, 4);
    return _mm512_set1_epi32(four);
  }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) { acc = _mm512_dpbusd_epi32(acc, x, w); }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * 2 * kLanes * 4; }

  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel);

 private:
  // rne(acc * multiplier), for the lanes of vector `v`.
  static HEADRACE_INLINE __m512i scaled(Acc acc, const std::byte* multiplier, int v) {
    const __m512 m = _mm512_load_ps(reinterpret_cast<const float*>(multiplier) + v * kLanes);
    return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(acc), m));
  }
  // The residual addition: from the layer's own sum, scaled, and the addend's codes to the sum's code without its zero point.
  static HEADRACE_INLINE __m512i add(__m512i own, __m512i addend, const ConvEpilogue& e) {
    const __m512i zero = _mm512_set1_epi32(e.zero_point);
    const __m512i q = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(own, zero), _mm512_set1_epi32(e.minimum)),
                                       _mm512_set1_epi32(e.maximum));
    const __m512 a = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(q, zero)), _mm512_set1_ps(e.own_ratio));
    const __m512 b = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(addend, _mm512_set1_epi32(e.addend_zero_point))),
                                   _mm512_set1_ps(e.addend_ratio));
    return _mm512_cvtps_epi32(_mm512_add_ps(a, b));
  }
  template <int G>
  static HEADRACE_INLINE void store_group(const Acc* acc, int v0, const ConvPixel& pixel);
  static HEADRACE_INLINE void store_float(const Acc* acc, int nv, const ConvPixel& pixel);
};

// Groups of G vectors: 16 G channels, in the order that in-lane packing undoes (ConvGeometry::packed_order).
template <int G>
HEADRACE_INLINE void U8::store_group(const Acc* acc, int v0, const ConvPixel& pixel) {
  const ConvEpilogue& e = *pixel.epilogue;
  const int first = v0 * kLanes, n = pixel.channels - first;
  if (n <= 0) return;
  __m512i q[G];
#pragma GCC unroll 4
  for (int v = 0; v < G; ++v) q[v] = scaled(acc[v0 + v], pixel.multiplier, v0 + v);
  int zero = e.zero_point, minimum = e.minimum, maximum = e.maximum;
  std::byte* out = pixel.output + first;
  const __mmask64 mask = n >= 16 * G ? ~__mmask64{0} >> (64 - 16 * G) : (__mmask64{1} << n) - 1;
  if (e.add) {
    zero = e.sum_zero_point, minimum = e.sum_minimum, maximum = e.sum_maximum;
    const __m512i bytes = _mm512_maskz_loadu_epi8(mask, pixel.addend + first);
    if constexpr (G == 4) {
      // Vector v's channels are bytes 4 v to 4 v + 3 of every 128-bit lane, spread to 32 bits.
      const __m128i spread = _mm_setr_epi8(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3, -1, -1, -1);
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        const __m128i select = _mm_add_epi8(spread, _mm_and_si128(_mm_set1_epi32(4 * v), _mm_set1_epi32(0xFF)));
        q[v] = add(q[v], _mm512_shuffle_epi8(bytes, _mm512_broadcast_i32x4(select)), e);
      }
    } else if constexpr (G == 2) {
      const __m512i words = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes));
      q[0] = add(q[0], _mm512_unpacklo_epi16(words, _mm512_setzero_si512()), e);
      q[1] = add(q[1], _mm512_unpackhi_epi16(words, _mm512_setzero_si512()), e);
    } else {
      q[0] = add(q[0], _mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes)), e);
    }
  }
  if constexpr (G == 4) {
    const __m512i z = _mm512_set1_epi16(static_cast<short>(zero));
    const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), z);
    const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), z);
    __m512i codes = _mm512_packus_epi16(low, high);
    codes = _mm512_min_epu8(_mm512_max_epu8(codes, _mm512_set1_epi8(static_cast<char>(minimum))),
                            _mm512_set1_epi8(static_cast<char>(maximum)));
    _mm512_mask_storeu_epi8(out, mask, codes);
  } else if constexpr (G == 2) {
    const __m512i words = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), _mm512_set1_epi16(static_cast<short>(zero)));
    const __m512i clamped = _mm512_min_epi16(_mm512_max_epi16(words, _mm512_set1_epi16(static_cast<short>(minimum))),
                                             _mm512_set1_epi16(static_cast<short>(maximum)));
    _mm256_mask_storeu_epi8(out, static_cast<__mmask32>(mask), _mm512_cvtepi16_epi8(clamped));
  } else {
    const __m512i sum = _mm512_add_epi32(q[0], _mm512_set1_epi32(zero));
    const __m512i clamped = _mm512_min_epi32(_mm512_max_epi32(sum, _mm512_set1_epi32(minimum)), _mm512_set1_epi32(maximum));
    _mm_mask_storeu_epi8(out, static_cast<__mmask16>(mask), _mm512_cvtepi32_epi8(clamped));
  }
}

// Rare (a classifier's last layer), so that lanes are put in order one by one.
HEADRACE_INLINE void U8::store_float(const Acc* acc, int nv, const ConvPixel& pixel) {
  alignas(64) float lanes[4 * kLanes];
  for (int v = 0; v < nv; ++v) {
    const __m512 m = _mm512_load_ps(reinterpret_cast<const float*>(pixel.multiplier) + v * kLanes);
    _mm512_store_ps(lanes + v * kLanes, _mm512_mul_ps(_mm512_cvtepi32_ps(acc[v]), m));
  }
  float* out = reinterpret_cast<float*>(pixel.output);
  for (int c = 0; c < pixel.channels; ++c) out[c] = lanes[packed_lane(c, nv, kLanes)];
}

template <int NV>
HEADRACE_INLINE void U8::store(const Acc (&acc)[NV], const ConvPixel& pixel) {
  if (pixel.epilogue->output == ConvOutput::kF32) return store_float(acc, NV, pixel);
  if constexpr (NV == 4) store_group<4>(acc, 0, pixel);
  if constexpr (NV == 2 || NV == 3) store_group<2>(acc, 0, pixel);
  if constexpr (NV == 1 || NV == 3) store_group<1>(acc, NV - 1, pixel);
}

// s16 x s16 into s32, wrapping.
struct S16 : Geometry {
  using Acc = __m512i;
  using Operand = __m512i;
  using Weight = __m512i;
  static HEADRACE_INLINE Acc load_bias(const std::byte*) { return _mm512_setzero_si512(); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return U8::broadcast(p); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) { acc = _mm512_dpwssd_epi32(acc, x, w); }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * kLanes * 4; }
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v)
      _mm512_mask_storeu_epi32(pixel.output + v * 64, first16(pixel.channels - v * kLanes), acc[v]);
  }
};

// f32 x f32 into f32, fused multiply-add.
struct F32 : Geometry {
  using Acc = __m512;
  using Operand = __m512;
  using Weight = __m512;
  static HEADRACE_INLINE Acc load_bias(const std::byte* p) { return _mm512_load_ps(p); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm512_load_ps(p); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return _mm512_set1_ps(*reinterpret_cast<const float*>(p)); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) { acc = _mm512_fmadd_ps(x, w, acc); }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * kLanes * 4; }
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel) {
    const __m512 low = _mm512_set1_ps(pixel.epilogue->minimum_f32), high = _mm512_set1_ps(pixel.epilogue->maximum_f32);
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) {
      const __mmask16 mask = first16(pixel.channels - v * kLanes);
      __m512 y = acc[v];
      if (pixel.addend) y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(mask, pixel.addend + v * 64));
      _mm512_mask_storeu_ps(pixel.output + v * 64, mask, _mm512_min_ps(_mm512_max_ps(y, low), high));
    }
  }
};

}  // namespace headrace::kernels::avx512vnni
