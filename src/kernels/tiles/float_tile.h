// The arithmetic of elementwise.h on float32, written once: T is an ISA's Vector (avx2/vector.h). Products and sums are rounded
// one by one, so that they are the same on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/map.h"

namespace headrace::kernels {

template <class T>
void add_floats(const float* a, const float* b, float* out, size_t count, float minimum, float maximum) noexcept {
  const auto low = T::set(minimum), high = T::set(maximum);
  map_f32<T>(a, b, out, count, [&](typename T::F x, typename T::F y) { return T::min(high, T::max(low, T::add(x, y))); });
}

template <class T>
void multiply_floats(const float* a, const float* b, float* out, size_t count) noexcept {
  map_f32<T>(a, b, out, count, [](typename T::F x, typename T::F y) { return T::mul(x, y); });
}

template <class T>
void gate_floats(const float* in, const float* gate, float* out, size_t pixels, int channels) noexcept {
  for (size_t i = 0; i < pixels; ++i, in += channels, out += channels)
    multiply_floats<T>(in, gate, out, static_cast<size_t>(channels));
}

template <class T>
void scale_shift_floats(const float* in, float* out, size_t pixels, int channels, const float* scale, const float* shift,
                        float minimum, float maximum) noexcept {
  const auto low = T::set(minimum), high = T::set(maximum);
  const auto apply = [&](typename T::F x, typename T::F a, typename T::F b) {
    return T::min(high, T::max(low, T::add(T::mul(x, a), b)));
  };
  for (size_t i = 0; i < pixels; ++i, in += channels, out += channels) {
    int c = 0;
    for (; c + T::kLanes <= channels; c += T::kLanes)
      T::store(out + c, apply(T::load(in + c), T::load(scale + c), T::load(shift + c)));
    const int n = channels - c;
    if (n > 0) T::store(out + c, apply(T::load(in + c, n), T::load(scale + c, n), T::load(shift + c, n)), n);
  }
}

}  // namespace headrace::kernels
