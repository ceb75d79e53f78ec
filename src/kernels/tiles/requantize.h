// From floats to codes and back, on vectors: T is an ISA's Vector (avx2/vector.h).
//
// Four vectors of 32-bit values make one of codes. Widening unpacks within 128-bit lanes and narrowing packs within them, so that
// one undoes the other, and the order in between does not matter where every element is treated alike.
#pragma once

#include <cstdint>

#include "kernels/tiles/inline.h"

namespace headrace::kernels {

// clamp(rne(x) + zero_point, minimum, maximum), the minimum for NaN.
template <class T>
class Requantize {
 public:
  explicit HEADRACE_INLINE Requantize(int32_t zero_point, int32_t minimum = 0, int32_t maximum = 255)
      : high_(T::set(static_cast<float>(maximum - zero_point))), zero_point_(T::set16(zero_point)), minimum_(T::set8(minimum)) {}

  // Codes in the order that packing in lanes gives.
  HEADRACE_INLINE typename T::I operator()(const typename T::F (&x)[4]) const {
    const auto low = T::adds16(T::pack32(rounded(x[0]), rounded(x[1])), zero_point_);
    const auto high = T::adds16(T::pack32(rounded(x[2]), rounded(x[3])), zero_point_);
    return T::max_u8(T::pack16(low, high), minimum_);
  }

 private:
  // The clamp from above comes before the conversion: what lies above int32 (and NaN) converts to INT32_MIN, which is right only
  // for what lies below and for NaN. Below, packing saturates.
  HEADRACE_INLINE typename T::I rounded(typename T::F x) const { return T::to_int(T::min(high_, x)); }

  typename T::F high_;
  typename T::I zero_point_, minimum_;
};

// float(code - zero_point): unpacked together with the upper half of 2^23 as a float, a code becomes 2^23 + code, and the
// subtraction is exact.
template <class T>
class Widen {
 public:
  explicit HEADRACE_INLINE Widen(int32_t zero_point)
      : offset_(T::set(8388608.0f + static_cast<float>(zero_point))), upper_(T::set16(0x4B00)) {}

  HEADRACE_INLINE void operator()(typename T::I codes, typename T::F (&x)[4]) const {
    const auto low = T::low8(codes, T::zero()), high = T::high8(codes, T::zero());
    x[0] = T::sub(T::as_float(T::low16(low, upper_)), offset_);
    x[1] = T::sub(T::as_float(T::high16(low, upper_)), offset_);
    x[2] = T::sub(T::as_float(T::low16(high, upper_)), offset_);
    x[3] = T::sub(T::as_float(T::high16(high, upper_)), offset_);
  }

 private:
  typename T::F offset_;
  typename T::I upper_;
};

}  // namespace headrace::kernels
