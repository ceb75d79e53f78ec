// What tiles/conv_tile.h needs to know of AVX-512 with VNNI.
#pragma once

#include <immintrin.h>

#include "kernels/tiles/conv_tile.h"

namespace headrace::kernels::avx512vnni {

struct Geometry {
  static constexpr int kLanes = 16;
  static constexpr int kChain = 1;
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
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) {
    return panel.data + panel.vectors * 2 * kLanes * 4;
  }

  struct Epilogue {
    __m512 low, high;                                  // of the layer's own output, less its zero point
    __m512 to_code;                                    // with it x + kRound, rounded thereby, becomes a code
    __m512 a_ratio, b_ratio, shift;                    // of the sum
    int32_t final_zero, final_minimum, final_maximum;  // of what is stored
    bool narrowed;                                     // these are not what packing gives anyway
    bool add, own_is_a, to_float;
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue& e)
        : low(_mm512_set1_ps(static_cast<float>(e.minimum - e.zero_point))),
          high(_mm512_set1_ps(static_cast<float>(e.maximum - e.zero_point))),
          to_code(_mm512_set1_ps(kRound - static_cast<float>(e.zero_point))),
          a_ratio(_mm512_set1_ps(e.sum.a_ratio)),
          b_ratio(_mm512_set1_ps(e.sum.b_ratio)),
          shift(_mm512_set1_ps(e.sum.shift)),
          final_zero(e.add ? 0 : e.zero_point),
          final_minimum(e.add ? e.sum.minimum : e.minimum),
          final_maximum(e.add ? e.sum.maximum : e.maximum),
          narrowed(final_zero != 0 || final_minimum != 0 || final_maximum != 255),
          add(e.add),
          own_is_a(e.own_is_a),
          to_float(e.output == ConvOutput::kF32) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                                    const Epilogue& epilogue);

 private:
  // 1.5 * 2^23: floats near it have no fraction, so that adding it rounds half to even.
  static constexpr float kRound = 12582912.0f;

  // acc * multiplier, for the lanes of vector `v`.
  static HEADRACE_INLINE __m512 scaled(Acc acc, const std::byte* multiplier, int v) {
    return _mm512_mul_ps(_mm512_cvtepi32_ps(acc), _mm512_load_ps(reinterpret_cast<const float*>(multiplier) + v * kLanes));
  }
  // The residual addition: from the layer's own sum, scaled, and the addend's codes to the sum's code.
  static HEADRACE_INLINE __m512i add(__m512 own, __m512i addend, const Epilogue& e) {
    const __m512 clamped = _mm512_min_ps(_mm512_max_ps(own, e.low), e.high);
    const __m512 x = _mm512_sub_ps(_mm512_add_ps(clamped, _mm512_set1_ps(kRound)), e.to_code), y = _mm512_cvtepi32_ps(addend);
    return _mm512_cvtps_epi32(e.own_is_a ? _mm512_fmadd_ps(x, e.a_ratio, _mm512_fmadd_ps(y, e.b_ratio, e.shift))
                                         : _mm512_fmadd_ps(y, e.a_ratio, _mm512_fmadd_ps(x, e.b_ratio, e.shift)));
  }
  template <int G>
  static HEADRACE_INLINE void add_addend(const __m512 (&own)[G], __m512i (&q)[G], __mmask64 mask, const std::byte* addend,
                                         const Epilogue& e);
  template <int G>
  static HEADRACE_INLINE void store_group(const Acc* acc, int v0, const ConvPixel& pixel, const std::byte* multiplier,
                                          int channels, const Epilogue& e);
  static HEADRACE_INLINE void store_float(const Acc* acc, int nv, float* out, const std::byte* multiplier, int channels);
};

template <int G>
HEADRACE_INLINE void U8::add_addend(const __m512 (&own)[G], __m512i (&q)[G], __mmask64 mask, const std::byte* addend,
                                    const Epilogue& e) {
  const __m512i bytes = _mm512_maskz_loadu_epi8(mask, addend);
  if constexpr (G == 4) {
    // Vector v's channels are bytes 4 v to 4 v + 3 of every 128-bit lane, spread to 32 bits.
    const __m512i spread =
        _mm512_set_epi32(-253, -254, -255, -256, -253, -254, -255, -256, -253, -254, -255, -256, -253, -254, -255, -256);
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v)
      q[v] = add(own[v], _mm512_shuffle_epi8(bytes, _mm512_add_epi32(spread, _mm512_set1_epi32(4 * v))), e);
  } else if constexpr (G == 2) {
    const __m512i words = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes));
    q[0] = add(own[0], _mm512_unpacklo_epi16(words, _mm512_setzero_si512()), e);
    q[1] = add(own[1], _mm512_unpackhi_epi16(words, _mm512_setzero_si512()), e);
  } else {
    q[0] = add(own[0], _mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes)), e);
  }
}

// Groups of G vectors: 16 G channels, in the order that in-lane packing undoes (ConvGeometry::packed_order).
template <int G>
HEADRACE_INLINE void U8::store_group(const Acc* acc, int v0, const ConvPixel& pixel, const std::byte* multiplier, int channels,
                                     const Epilogue& e) {
  const int first = v0 * kLanes, n = channels - first;
  if (n <= 0) return;
  __m512 own[G];
  __m512i q[G];
#pragma GCC unroll 4
  for (int v = 0; v < G; ++v) own[v] = scaled(acc[v0 + v], multiplier, v0 + v);
  std::byte* out = pixel.output + first;
  const __mmask64 mask = n >= 16 * G ? ~__mmask64{0} >> (64 - 16 * G) : (__mmask64{1} << n) - 1;
  if (e.add) {
    add_addend<G>(own, q, mask, pixel.addend + first, e);
  } else {
#pragma GCC unroll 4
    for (int v = 0; v < G; ++v) q[v] = _mm512_cvtps_epi32(own[v]);
  }
  // In every 128-bit lane: four bytes of each vector.
  const __m512i low = _mm512_packs_epi32(q[0], q[G > 1]), high = G == 4 ? _mm512_packs_epi32(q[G - 2], q[G - 1]) : low;
  __m512i codes;
  if (e.narrowed) {
    const __m512i zero = _mm512_set1_epi16(static_cast<short>(e.final_zero));
    codes = _mm512_packus_epi16(_mm512_adds_epi16(low, zero), _mm512_adds_epi16(high, zero));
    codes = _mm512_max_epu8(codes, _mm512_set1_epi8(static_cast<char>(e.final_minimum)));
    codes = _mm512_min_epu8(codes, _mm512_set1_epi8(static_cast<char>(e.final_maximum)));
  } else {
    codes = _mm512_packus_epi16(low, high);
  }
  if constexpr (G == 4) {
    _mm512_mask_storeu_epi8(out, mask, codes);
  } else if constexpr (G == 2) {
    const __m512i halves = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6), codes);
    _mm256_mask_storeu_epi8(out, static_cast<__mmask32>(mask), _mm512_castsi512_si256(halves));
  } else {
    const __m512i quarters =
        _mm512_permutexvar_epi32(_mm512_set_epi32(12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0), codes);
    _mm_mask_storeu_epi8(out, static_cast<__mmask16>(mask), _mm512_castsi512_si128(quarters));
  }
}

// Rare (a classifier's last layer), so that lanes are put in order one by one.
HEADRACE_INLINE void U8::store_float(const Acc* acc, int nv, float* out, const std::byte* multiplier, int channels) {
  alignas(64) float lanes[4 * kLanes];
  for (int v = 0; v < nv; ++v) {
    const __m512 m = _mm512_load_ps(reinterpret_cast<const float*>(multiplier) + v * kLanes);
    _mm512_store_ps(lanes + v * kLanes, _mm512_mul_ps(_mm512_cvtepi32_ps(acc[v]), m));
  }
  for (int c = 0; c < channels; ++c) out[c] = lanes[packed_lane(c, nv, kLanes)];
}

template <int NV>
HEADRACE_INLINE void U8::store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                               const Epilogue& e) {
  if (e.to_float) return store_float(acc, NV, reinterpret_cast<float*>(pixel.output), multiplier, channels);
  if constexpr (NV == 4) store_group<4>(acc, 0, pixel, multiplier, channels, e);
  if constexpr (NV == 2 || NV == 3) store_group<2>(acc, 0, pixel, multiplier, channels, e);
  if constexpr (NV == 1 || NV == 3) store_group<1>(acc, NV - 1, pixel, multiplier, channels, e);
}

// s16 x s16 into s32, wrapping.
struct S16 : Geometry {
  // The element type that the instruction has: with __m512i g++ 12 keeps a second copy of all sums in memory (half the speed).
  using Acc = __v16si;
  using Operand = __m512i;
  using Weight = __m512i;
  static HEADRACE_INLINE Acc load_bias(const std::byte*) { return Acc{}; }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm512_load_si512(p); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return U8::broadcast(p); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) {
    acc = reinterpret_cast<Acc>(_mm512_dpwssd_epi32(reinterpret_cast<__m512i>(acc), x, w));
  }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) { return panel.data + panel.vectors * kLanes * 4; }
  struct Epilogue {
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue&) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte*, int channels,
                                    const Epilogue&) {
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v)
      _mm512_mask_storeu_epi32(pixel.output + v * 64, first16(channels - v * kLanes), reinterpret_cast<__m512i>(acc[v]));
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
  struct Epilogue {
    __m512 low, high;
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue& e)
        : low(_mm512_set1_ps(e.minimum_f32)), high(_mm512_set1_ps(e.maximum_f32)) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte*, int channels,
                                    const Epilogue& e) {
    if (channels == NV * kLanes) {
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) {
        __m512 y = acc[v];
        if (pixel.addend) y = _mm512_add_ps(y, _mm512_loadu_ps(pixel.addend + v * 64));
        _mm512_storeu_ps(pixel.output + v * 64, _mm512_min_ps(e.high, _mm512_max_ps(e.low, y)));
      }
      return;
    }
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) {
      const __mmask16 mask = first16(channels - v * kLanes);
      __m512 y = acc[v];
      if (pixel.addend) y = _mm512_add_ps(y, _mm512_maskz_loadu_ps(mask, pixel.addend + v * 64));
      _mm512_mask_storeu_ps(pixel.output + v * 64, mask, _mm512_min_ps(e.high, _mm512_max_ps(e.low, y)));
    }
  }
};

}  // namespace headrace::kernels::avx512vnni
