// The operations of elementwise.h on u8 codes, written once: T is an ISA's Vector (avx2/vector.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/elementwise.h"
#include "kernels/tiles/map.h"
#include "kernels/tiles/requantize.h"

namespace headrace::kernels {

template <class T>
void add_codes(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const AddU8& p) noexcept {
  const Widen<T> widen(0);
  const Requantize<T> requantize(0, p.minimum, p.maximum);
  const auto a_ratio = T::set(p.a_ratio), b_ratio = T::set(p.b_ratio), shift = T::set(p.shift);
  map_u8<T>(a, b, out, count, [&](typename T::I codes_a, typename T::I codes_b) {
    typename T::F x[4], y[4];
    widen(codes_a, x);
    widen(codes_b, y);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) x[i] = T::fma(x[i], a_ratio, T::fma(y[i], b_ratio, shift));
    return requantize(x);
  });
}

// The product of two codes less their zero points is exact in float32.
template <class T>
class MultiplyCodes {
 public:
  explicit HEADRACE_INLINE MultiplyCodes(const MulU8& p)
      : widen_a_(p.a_zero), widen_b_(p.b_zero), requantize_(p.zero_point), multiplier_(T::set(p.multiplier)) {}
  HEADRACE_INLINE typename T::I operator()(typename T::I a, typename T::I b) const {
    typename T::F x[4], y[4];
    widen_a_(a, x);
    widen_b_(b, y);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) x[i] = T::mul(T::mul(x[i], y[i]), multiplier_);
    return requantize_(x);
  }

 private:
  Widen<T> widen_a_, widen_b_;
  Requantize<T> requantize_;
  typename T::F multiplier_;
};

template <class T>
void multiply_codes(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const MulU8& p) noexcept {
  map_u8<T>(a, b, out, count, MultiplyCodes<T>(p));
}

template <class T>
void gate_codes(const uint8_t* in, const uint8_t* gate, uint8_t* out, size_t pixels, int channels, const MulU8& p) noexcept {
  const MultiplyCodes<T> multiply(p);
  for (size_t i = 0; i < pixels; ++i, in += channels, out += channels) {
    int c = 0;
    for (; c + T::kBytes <= channels; c += T::kBytes) T::store(out + c, multiply(T::load(in + c), T::load(gate + c)));
    // Many ends: whole vectors are loaded (activations have slack behind them), which is quicker than parts of them.
    if (c < channels) T::store(out + c, multiply(T::load(in + c), T::load(gate + c)), channels - c);
  }
}

// A byte shuffle looks up 16 entries, and gives 0 where an index is negative. Each sixteenth of the table is xored with the one
// before it; for index x, the sixteenths up to its own, looked up at x, x - 16, x - 32, ... (whose low four bits agree), xor to
// the entry wanted, and the later ones see a negative index. So for 0 to 127, and with the top bit flipped for 128 to 255.
template <class T>
void look_up(const uint8_t* in, uint8_t* out, size_t count, const uint8_t* table) noexcept {
  typename T::I part[16];
  for (int i = 0; i < 16; ++i) {
    part[i] = T::load16(table + static_cast<ptrdiff_t>(16) * i);
    if (i % 8 != 0) part[i] = T::bit_xor(part[i], T::load16(table + static_cast<ptrdiff_t>(16) * (i - 1)));
  }
  const auto sixteen = T::set8(16), top = T::set8(-128);
  map_u8<T>(in, out, count, [&](typename T::I index) {
    auto low = index, high = T::bit_xor(index, top);
    auto found = T::bit_xor(T::shuffle8(part[0], low), T::shuffle8(part[8], high));
#pragma GCC unroll 8
    for (int i = 1; i < 8; ++i) {
      low = T::subs8(low, sixteen), high = T::subs8(high, sixteen);
      found = T::bit_xor(found, T::bit_xor(T::shuffle8(part[i], low), T::shuffle8(part[8 + i], high)));
    }
    return found;
  });
}

// clamp(rne(x / scale) + zero_point, 0, 255), and back.
template <class T>
void quantize_floats(const float* in, uint8_t* out, size_t count, float scale, int32_t zero_point) noexcept {
  const Requantize<T> requantize(zero_point);
  const auto divisor = T::set(scale);
  size_t i = 0;
  typename T::F x[4];
  for (; i + T::kBytes <= count; i += T::kBytes) {
#pragma GCC unroll 4
    for (int v = 0; v < 4; ++v) x[v] = T::div(T::load(in + i + v * T::kLanes), divisor);
    T::store(out + i, T::in_order(requantize(x)));
  }
  const int rest = static_cast<int>(count - i);
  if (rest == 0) return;
#pragma GCC unroll 4
  for (int v = 0; v < 4; ++v) x[v] = T::div(T::load(in + i + v * T::kLanes, rest - v * T::kLanes), divisor);
  T::store(out + i, T::in_order(requantize(x)), rest);
}

template <class T>
void dequantize_codes(const uint8_t* in, float* out, size_t count, float scale, int32_t zero_point) noexcept {
  const auto zero = T::set32(zero_point);
  const auto factor = T::set(scale);
  const auto value = [&](const uint8_t* codes) { return T::mul(T::to_float(T::sub32(T::load_codes(codes), zero)), factor); };
  size_t i = 0;
  for (; i + T::kLanes <= count; i += T::kLanes) T::store(out + i, value(in + i));
  const int rest = static_cast<int>(count - i);
  if (rest == 0) return;
  uint8_t last[T::kBytes];
  T::store(last, T::load(in + i, rest));
  T::store(out + i, value(last), rest);
}

}  // namespace headrace::kernels
