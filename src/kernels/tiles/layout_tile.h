// Layout changes of elementwise.h, written once: T is an ISA's Vector (avx2/vector.h). Channels are taken four at a time, so that
// a pixel's share is one store. The planes may be the caller's own tensor: nothing is read beyond them.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/inline.h"
#include "kernels/tiles/requantize.h"

namespace headrace::kernels {

HEADRACE_INLINE void transpose4(__m128 (&v)[4]) {
  const __m128 a = _mm_unpacklo_ps(v[0], v[1]), b = _mm_unpacklo_ps(v[2], v[3]);
  const __m128 c = _mm_unpackhi_ps(v[0], v[1]), d = _mm_unpackhi_ps(v[2], v[3]);
  v[0] = _mm_movelh_ps(a, b), v[1] = _mm_movehl_ps(b, a);
  v[2] = _mm_movelh_ps(c, d), v[3] = _mm_movehl_ps(d, c);
}

HEADRACE_INLINE void store_first(float* out, __m128 x, size_t n) {
  if (n >= 4) return _mm_storeu_ps(out, x);
  if (n >= 2) _mm_storel_pi(reinterpret_cast<__m64*>(out), x);
  if (n == 3) _mm_store_ss(out + 2, _mm_movehl_ps(x, x));
  if (n == 1) _mm_store_ss(out, x);
}

template <class T>
void planes_to_pixels(const float* in, size_t plane, float* out, size_t out_step, size_t count, int channels) noexcept {
  const size_t present = static_cast<size_t>(channels);
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (size_t c = 0; c < out_step; c += 4) {
      __m128 v[4];
#pragma GCC unroll 4
      for (size_t k = 0; k < 4; ++k) v[k] = c + k < present ? _mm_loadu_ps(in + (c + k) * plane + i) : _mm_setzero_ps();
      transpose4(v);
      // Before the last pixels a whole store may reach into the next pixel, which comes later.
      const bool whole = i + 8 <= count && out_step >= 3 && c == 0;
#pragma GCC unroll 4
      for (size_t k = 0; k < 4; ++k)
        if (whole) _mm_storeu_ps(out + (i + k) * out_step, v[k]);
        else store_first(out + (i + k) * out_step + c, v[k], out_step - c);
    }
  for (; i < count; ++i)
    for (size_t c = 0; c < out_step; ++c) out[i * out_step + c] = c < present ? in[c * plane + i] : 0.0f;
}

template <class T>
void pixels_to_planes(const float* in, size_t in_step, float* out, size_t plane, size_t count, int channels) noexcept {
  const size_t present = static_cast<size_t>(channels);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    size_t c = 0;
    for (; c + 4 <= present; c += 4) {
      __m128 v[4];
#pragma GCC unroll 4
      for (size_t k = 0; k < 4; ++k) v[k] = _mm_loadu_ps(in + (i + k) * in_step + c);
      transpose4(v);
#pragma GCC unroll 4
      for (size_t k = 0; k < 4; ++k) _mm_storeu_ps(out + (c + k) * plane + i, v[k]);
    }
    for (; c < present; ++c)
      for (size_t k = 0; k < 4; ++k) out[c * plane + i + k] = in[(i + k) * in_step + c];
  }
  for (; i < count; ++i)
    for (size_t c = 0; c < present; ++c) out[c * plane + i] = in[i * in_step + c];
}

// Four planes, of which `present` exist, quantised and interleaved: four bytes a pixel, zeros for planes that do not exist.
template <class T>
class QuantizePlanes {
 public:
  HEADRACE_INLINE QuantizePlanes(const float* in, size_t plane, int present, const float* scale, const int32_t* zero_point)
      : in_(in), plane_(plane), present_(present) {
    constexpr uint8_t kInterleave[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
    interleave_ = T::load16(kInterleave);
    for (int k = 0; k < present && k < 4; ++k) {
      scale_[k] = T::set(scale[k]);
      high_[k] = T::set(static_cast<float>(255 - zero_point[k]));
      zero_point_[k] = T::set32(zero_point[k]);
    }
  }

  // The pixels from `i` on, `n` of which exist. Clamped as Requantize does it.
  HEADRACE_INLINE typename T::I operator()(size_t i, int n) const {
    typename T::I q[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      q[k] = T::zero();
      if (k >= present_) continue;
      const float* from = in_ + static_cast<size_t>(k) * plane_ + i;
      const auto x = T::div(n >= T::kLanes ? T::load(from) : T::load(from, n), scale_[k]);
      q[k] = T::add32(T::to_int(T::min(high_[k], x)), zero_point_[k]);
    }
    return T::shuffle8(T::pack16(T::pack32(q[0], q[1]), T::pack32(q[2], q[3])), interleave_);
  }

 private:
  const float* in_;
  size_t plane_;
  int present_;
  typename T::I interleave_;
  typename T::F scale_[4], high_[4];
  typename T::I zero_point_[4];
};

// Pixels that are wider or narrower than four bytes: their share is copied into them.
template <class T>
HEADRACE_INLINE void scatter_pixels(typename T::I pixels, int n, uint8_t* out, size_t out_step, size_t width) {
  uint8_t bytes[T::kBytes];
  T::store(bytes, pixels);
  for (int i = 0; i < n; ++i)
    for (size_t k = 0; k < width; ++k) out[static_cast<size_t>(i) * out_step + k] = bytes[4 * i + static_cast<int>(k)];
}

template <class T>
void quantize_planes(const float* in, size_t plane, uint8_t* out, size_t out_step, size_t count, int channels, const float* scale,
                     const int32_t* zero_point) noexcept {
  for (size_t c = 0; c < out_step; c += 4) {
    const int present = channels - static_cast<int>(c);
    const QuantizePlanes<T> quantize(in + c * plane, plane, present, scale + c, zero_point + c);
    const size_t width = out_step - c < 4 ? out_step - c : 4;
    for (size_t i = 0; i < count; i += T::kLanes) {
      const int n = count - i < T::kLanes ? static_cast<int>(count - i) : T::kLanes;
      const auto pixels = quantize(i, n);
      if (out_step != 4) scatter_pixels<T>(pixels, n, out + i * out_step + c, out_step, width);
      else if (n == T::kLanes) T::store(out + 4 * i, pixels);
      else T::store(out + 4 * i, pixels, 4 * n);
    }
  }
}

}  // namespace headrace::kernels
