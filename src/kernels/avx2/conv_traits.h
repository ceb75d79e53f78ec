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

// u8 x s8 into s32: vpmaddubsw adds neighbouring products in int16, which the packing has made sure cannot saturate. Panels are
// one vector wide: the fewer channels, the more steps may be chained (pack_pairs.h), and eight pixels leave registers for a
// chain.
struct U8 {
  static constexpr int kLanes = avx2::kLanes;
  static constexpr int kChain = 3;
  static constexpr int rows(int) { return 8; }
  using Acc = __m256i;
  using Operand = __m256i;
  using Weight = __m256i;
  static HEADRACE_INLINE Acc load_bias(const std::byte* p) { return load_weight(p); }
  static HEADRACE_INLINE Weight load_weight(const std::byte* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
  static HEADRACE_INLINE Operand broadcast(const std::byte* p) { return broadcast_four(p); }
  static HEADRACE_INLINE void mac(Acc& acc, Operand x, Weight w) {
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)));
  }
  template <int N>
  static HEADRACE_INLINE void mac_chain(Acc& acc, const Operand (&x)[N], const Weight (&w)[N]) {
    __m256i sum = _mm256_maddubs_epi16(x[0], w[0]);
#pragma GCC unroll 4
    for (int n = 1; n < N; ++n) sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(x[n], w[n]));
    acc = _mm256_add_epi32(acc, _mm256_madd_epi16(sum, _mm256_set1_epi16(1)));
  }
  static HEADRACE_INLINE const std::byte* weights_of(const ConvPanel& panel) {
    return panel.data + panel.vectors * 2 * kLanes * 4;
  }

  // As vectors in memory: sixteen registers are too few to keep them.
  struct Epilogue {
    __m256 low, high;                // of the layer's own output, less its zero point
    __m256 to_code;                  // with it x + kRound, rounded thereby, becomes a code
    __m256 a_ratio, b_ratio, shift;  // of the sum
    __m256i zero, minimum, maximum;  // of what is stored: 16 bits, 8 bits, 8 bits
    ConvOutput output;
    bool narrowed;  // these are not what packing gives anyway
    bool add, own_is_a;
    explicit HEADRACE_INLINE Epilogue(const ConvEpilogue& e)
        : low(_mm256_set1_ps(static_cast<float>(e.minimum - e.zero_point))),
          high(_mm256_set1_ps(static_cast<float>(e.maximum - e.zero_point))),
          to_code(_mm256_set1_ps(kRound - static_cast<float>(e.zero_point))),
          a_ratio(_mm256_set1_ps(e.sum.a_ratio)),
          b_ratio(_mm256_set1_ps(e.sum.b_ratio)),
          shift(_mm256_set1_ps(e.sum.shift)),
          zero(_mm256_set1_epi16(static_cast<short>(e.add ? 0 : e.zero_point))),
          minimum(_mm256_set1_epi8(static_cast<char>(e.add ? e.sum.minimum : e.minimum))),
          maximum(_mm256_set1_epi8(static_cast<char>(e.add ? e.sum.maximum : e.maximum))),
          output(e.output),
          narrowed(e.add ? e.sum.minimum > 0 || e.sum.maximum < 255 : e.zero_point != 0 || e.minimum > 0 || e.maximum < 255),
          add(e.add),
          own_is_a(e.own_is_a) {}
  };
  template <int NV>
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                                    const Epilogue& e);

  static constexpr int kStoreRows = 4;
  template <int NV>
  static HEADRACE_INLINE void store_rows(const Acc (*acc)[NV], const ConvPixel* pixels, ptrdiff_t offset,
                                         const std::byte* multiplier, const Epilogue& e);

 private:
  // 1.5 * 2^23: floats near it have no fraction, so that adding it rounds half to even.
  static constexpr float kRound = 12582912.0f;

  static HEADRACE_INLINE __m256 scaled(Acc acc, const std::byte* multiplier) {
    return _mm256_mul_ps(_mm256_cvtepi32_ps(acc), _mm256_load_ps(reinterpret_cast<const float*>(multiplier)));
  }
  // The residual addition: from the layer's own sum, scaled, and the addend's codes to the sum's code.
  static HEADRACE_INLINE __m256i add(__m256 own, __m256i addend, const Epilogue& e) {
    const __m256 clamped = _mm256_min_ps(_mm256_max_ps(own, e.low), e.high);
    const __m256 x = _mm256_sub_ps(_mm256_add_ps(clamped, _mm256_set1_ps(kRound)), e.to_code), y = _mm256_cvtepi32_ps(addend);
    return _mm256_cvtps_epi32(e.own_is_a ? _mm256_fmadd_ps(x, e.a_ratio, _mm256_fmadd_ps(y, e.b_ratio, e.shift))
                                         : _mm256_fmadd_ps(y, e.a_ratio, _mm256_fmadd_ps(x, e.b_ratio, e.shift)));
  }
  static HEADRACE_INLINE __m256i load_codes(const std::byte* p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  }
  // From 16 bits to codes: `words` hold neither zero point nor bounds yet.
  static HEADRACE_INLINE __m256i codes(__m256i words01, __m256i words23, const Epilogue& e) {
    if (!e.narrowed) return _mm256_packus_epi16(words01, words23);
    const __m256i bytes = _mm256_packus_epi16(_mm256_adds_epi16(words01, e.zero), _mm256_adds_epi16(words23, e.zero));
    return _mm256_min_epu8(_mm256_max_epu8(bytes, e.minimum), e.maximum);
  }
};

// One pixel, any number of channels.
template <int NV>
HEADRACE_INLINE void U8::store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte* multiplier, int channels,
                               const Epilogue& e) {
  static_assert(NV == 1);
  if (e.output == ConvOutput::kF32) {
    return _mm256_maskstore_ps(reinterpret_cast<float*>(pixel.output), first8(channels), scaled(acc[0], multiplier));
  }
  const __m256 own = scaled(acc[0], multiplier);
  const __m256i q = e.add ? add(own, load_codes(pixel.addend), e) : _mm256_cvtps_epi32(own);
  const __m256i words = _mm256_packs_epi32(q, q), all = codes(words, words, e);
  alignas(16) std::byte bytes[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(bytes),
                  _mm_unpacklo_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
  if (channels == kLanes) __builtin_memcpy(pixel.output, bytes, kLanes);
  else
    for (int c = 0; c < channels; ++c) pixel.output[c] = bytes[c];
}

// Four pixels, all eight channels: what comes after the scaling is shared.
template <int NV>
HEADRACE_INLINE void U8::store_rows(const Acc (*acc)[NV], const ConvPixel* pixels, ptrdiff_t offset, const std::byte* multiplier,
                                    const Epilogue& e) {
  static_assert(NV == 1);
  __m256i q[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const __m256 own = scaled(acc[i][0], multiplier);
    q[i] = e.add ? add(own, load_codes(pixels[i].addend + offset), e) : _mm256_cvtps_epi32(own);
  }
  const __m256i bytes = codes(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]), e);
  const __m256i ordered = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  const __m128i low = _mm256_castsi256_si128(ordered), high = _mm256_extracti128_si256(ordered, 1);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(pixels[0].output + offset), low);
  _mm_storeh_pi(reinterpret_cast<__m64*>(pixels[1].output + offset), _mm_castsi128_ps(low));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(pixels[2].output + offset), high);
  _mm_storeh_pi(reinterpret_cast<__m64*>(pixels[3].output + offset), _mm_castsi128_ps(high));
}

struct Plain {
  static constexpr int kLanes = avx2::kLanes;
  static constexpr int kChain = 1;
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
  static HEADRACE_INLINE void store(const Acc (&acc)[NV], const ConvPixel& pixel, const std::byte*, int channels,
                                    const Epilogue&) {
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
      if (pixel.addend) y = _mm256_add_ps(y, _mm256_maskload_ps(reinterpret_cast<const float*>(pixel.addend + v * 32), mask));
      _mm256_maskstore_ps(reinterpret_cast<float*>(pixel.output + v * 32), mask, _mm256_min_ps(e.high, _mm256_max_ps(e.low, y)));
    }
  }
};

}  // namespace headrace::kernels::avx2
