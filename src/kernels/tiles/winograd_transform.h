// The one-dimensional transforms of winograd.h, written once over an ISA's vectors. A traits type T has
//   Vector, add(a, b), sub(a, b), add_shifted<S>(a, b) = a + 2^S b, sub_shifted<S>(a, b) = a - 2^S b.
#pragma once

#include "kernels/tiles/conv_tile.h"

namespace headrace::kernels {

struct WinogradF4 {
  static constexpr int kOutputs = 4, kPatch = 6;
  static constexpr int kShift[kOutputs] = {3, 2, 1, 1};  // output r comes out times 2^kShift[r]

  // v = B^T d
  template <class T, class V = typename T::Vector>
  static HEADRACE_INLINE void input(const V (&d)[6], V (&v)[6]) {
    const V a = T::template sub_shifted<2>(d[4], d[2]), b = T::template sub_shifted<2>(d[3], d[1]);
    const V c = T::sub(d[4], d[2]), e = T::sub(d[3], d[1]);
    v[0] = T::template add_shifted<2>(c, T::sub(d[0], d[2]));
    v[1] = T::add(a, b);
    v[2] = T::sub(a, b);
    v[3] = T::template add_shifted<1>(c, e);
    v[4] = T::template sub_shifted<1>(c, e);
    v[5] = T::template sub_shifted<2>(T::sub(d[5], d[3]), e);
  }

  // y = A^T m
  template <class T, class V = typename T::Vector>
  static HEADRACE_INLINE void output(const V (&m)[6], V (&y)[4]) {
    const V s = T::add(m[1], m[2]), d = T::sub(m[1], m[2]), s2 = T::add(m[3], m[4]), d2 = T::sub(m[3], m[4]);
    y[0] = T::template add_shifted<2>(T::add(m[0], s2), s);
    y[1] = T::template add_shifted<1>(d2, d);
    y[2] = T::add(s, s2);
    y[3] = T::template add_shifted<1>(T::add(d, m[5]), d2);
  }
};

struct WinogradF2 {
  static constexpr int kOutputs = 2, kPatch = 4;
  static constexpr int kShift[kOutputs] = {0, 0};

  template <class T, class V = typename T::Vector>
  static HEADRACE_INLINE void input(const V (&d)[4], V (&v)[4]) {
    v[0] = T::sub(d[0], d[2]);
    v[1] = T::add(d[1], d[2]);
    v[2] = T::sub(d[2], d[1]);
    v[3] = T::sub(d[1], d[3]);
  }

  template <class T, class V = typename T::Vector>
  static HEADRACE_INLINE void output(const V (&m)[4], V (&y)[2]) {
    y[0] = T::add(T::add(m[0], m[1]), m[2]);
    y[1] = T::sub(T::sub(m[1], m[2]), m[3]);
  }
};

}  // namespace headrace::kernels
