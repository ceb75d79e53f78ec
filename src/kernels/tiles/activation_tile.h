// Activations and softmax in float32, written once: T is an ISA's Vector (avx2/vector.h). No table, no branch on the values.
//
// Error bounds against the exact value y, which tests/kernels/activation_test.cpp holds them to: 5e-7 |y| (4 to 8 ulp) + 1e-36
// for all, over all of float32; what is below the normal numbers may come out as 0. NaN gives NaN.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/elementwise.h"
#include "kernels/tiles/map.h"

namespace headrace::kernels {

// Coefficients from the lowest power up.
template <class T, int N>
HEADRACE_INLINE typename T::F polynomial(typename T::F x, const float (&coefficients)[N]) {
  auto y = T::set(coefficients[N - 1]);
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; --i) y = T::fma(y, x, T::set(coefficients[i]));
  return y;
}

// e^x = 2^n (1 + rest) with |r| <= ln(2) / 2 for x = n ln(2) + r. The minimax polynomial for (e^r - 1 - r) / r^2 is off by less
// than 4e-9 relative to e^r. Beyond [-104, 89] e^x is 0 or infinity in float32.
template <class T>
struct Exponential {
  typename T::F n, rest;
  explicit HEADRACE_INLINE Exponential(typename T::F x) {
    x = T::min(T::set(89), T::max(T::set(-104), x));
    n = T::round(T::mul(x, T::set(1.44269504f)));
    const auto r = T::fnma(n, T::set(-1.90465432e-9f), T::fnma(n, T::set(0.693147182f), x));  // ln(2) in two parts
    constexpr float kQuotient[] = {0.5000000095f, 0.1666651884f, 0.0416662058f, 0.008368889363f, 0.001395049114f};
    rest = T::fma(T::mul(r, r), polynomial<T>(r, kQuotient), r);
  }
};

template <class T>
HEADRACE_INLINE typename T::F exponential(typename T::F x) {
  const Exponential<T> e(x);
  return T::scale(T::add(T::set(1), e.rest), e.n);
}

// e^x - 1, without cancellation; x <= 0.
template <class T>
HEADRACE_INLINE typename T::F exponential_minus_one(typename T::F x) {
  const Exponential<T> e(x);
  const auto power = T::scale(T::set(1), e.n);
  return T::fma(e.rest, power, T::sub(power, T::set(1)));
}

template <class T>
HEADRACE_INLINE typename T::F one_plus_exponential_of_minus(typename T::F x) {
  return T::add(T::set(1), exponential<T>(T::sub(T::set(0), x)));
}

template <class T>
HEADRACE_INLINE typename T::F hyperbolic_tangent(typename T::F x) {
  const auto e = exponential_minus_one<T>(T::mul(T::set(-2), T::abs(x)));
  return T::copy_sign(T::div(T::sub(T::set(0), e), T::add(T::set(2), e)), x);
}

// x times the normal distribution function. For z = |x| / sqrt(2), erfc(z) = exp(-z^2) t P(t) with t = 1 / (1 + 0.35 z), P the
// minimax polynomial for z up to 10.8 (off by 8e-9); what the square's rounding has lost is put back to first order.
template <class T>
HEADRACE_INLINE typename T::F gelu(typename T::F x) {
  constexpr float kScaled[] = {0.1974786176f, 0.1972334695f,   0.1871502376f, 0.1545395683f, 0.1367397942f,
                               0.1036983379f, -0.04707227425f, 0.1955289281f, -0.164739946f, 0.03944327502f};
  const auto a = T::min(T::set(15), T::abs(x));
  const auto t = T::div(T::set(1), T::fma(a, T::set(0.247487373f), T::set(1)));
  const auto square = T::mul(a, a), lost = T::fnma(a, a, square);  // square - a * a
  const auto gauss = exponential<T>(T::mul(square, T::set(-0.5f)));
  const auto corrected = T::fma(T::mul(gauss, T::set(0.5f)), lost, gauss);
  const auto below = T::mul(T::mul(T::mul(corrected, T::set(0.5f)), t), polynomial<T>(t, kScaled));
  return T::mul(x, T::if_negative(x, below, T::sub(T::set(1), below)));
}

// The sum before the factor 1 / 6: x + 3 is exact where it is small.
template <class T>
HEADRACE_INLINE typename T::F hard_swish(typename T::F x) {
  const auto gate = T::min(T::set(6), T::max(T::set(0), T::add(x, T::set(3))));
  return T::mul(x, T::mul(gate, T::set(1 / 6.0f)));
}

template <class T>
void activate(const float* in, float* out, size_t count, const ActivationParameters& p) noexcept {
  using F = typename T::F;
  const F a = T::set(p.a), b = T::set(p.b), zero = T::set(0), one = T::set(1);
  const auto map = [&](const auto& function) __attribute__((always_inline)) { map_f32<T>(in, out, count, function); };
  switch (p.kind) {
    case Activation::kNone: return map([](F x) { return x; });
    case Activation::kClip: return map([&](F x) { return T::min(b, T::max(a, x)); });
    case Activation::kLeakyRelu: return map([&](F x) { return T::if_negative(x, T::mul(a, x), x); });
    case Activation::kSigmoid: return map([&](F x) { return T::div(one, one_plus_exponential_of_minus<T>(x)); });
    case Activation::kHardSigmoid: return map([&](F x) { return T::min(one, T::max(zero, T::fma(a, x, b))); });
    case Activation::kHardSwish: return map([](F x) { return hard_swish<T>(x); });
    case Activation::kSilu: return map([](F x) { return T::div(x, one_plus_exponential_of_minus<T>(x)); });
    case Activation::kTanh: return map([](F x) { return hyperbolic_tangent<T>(x); });
    case Activation::kGelu: return map([](F x) { return gelu<T>(x); });
    case Activation::kElu: return map([&](F x) { return T::if_negative(x, T::mul(a, exponential_minus_one<T>(x)), x); });
  }
}

// Lane i of a vector of sums takes the elements i, i + kLanes, ...; the lanes are then added in pairs. So the order is always the
// same.
template <class T>
void softmax(const float* in, float* out, size_t count) noexcept {
  if (count == 0) return;
  auto greatest = T::set(in[0]);
  size_t i = 0;
  for (; i + T::kLanes <= count; i += T::kLanes) greatest = T::max(T::load(in + i), greatest);
  float maximum = T::max_of(greatest);
  for (; i < count; ++i) maximum = in[i] > maximum ? in[i] : maximum;

  const auto shift = T::set(maximum);
  map_f32<T>(in, out, count, [&](typename T::F x) { return exponential<T>(T::sub(x, shift)); });
  auto sums = T::set(0);
  for (i = 0; i + T::kLanes <= count; i += T::kLanes) sums = T::add(sums, T::load(out + i));
  if (i < count) sums = T::add(sums, T::load(out + i, static_cast<int>(count - i)));
  const auto sum = T::set(T::sum(sums));
  map_f32<T>(out, out, count, [&](typename T::F x) { return T::div(x, sum); });
}

}  // namespace headrace::kernels
