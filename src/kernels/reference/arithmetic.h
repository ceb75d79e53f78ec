// What the plain kernels share.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/elementwise.h"

namespace headrace::kernels::reference {

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

template <typename T>
void store(std::byte* p, T value) {
  std::memcpy(p, &value, sizeof value);
}

// clamp(rne(x) + zero_point, minimum, maximum). The clamp comes first, in float, where its bounds are exact: the result is the
// same, and values beyond int32 and infinities end at the bounds. NaN gives the minimum, as in ONNX Runtime: a comparison with it
// is false.
inline uint8_t requantize(float x, int32_t zero_point, int32_t minimum = 0, int32_t maximum = 255) {
  const float low = static_cast<float>(minimum - zero_point), high = static_cast<float>(maximum - zero_point);
  x = x > low ? x : low;
  x = x < high ? x : high;
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyintf(x)) + zero_point);
}

inline uint8_t sum_of(int32_t a, int32_t b, const AddU8& p) {
  const float sum = std::fma(static_cast<float>(a), p.a_ratio, std::fma(static_cast<float>(b), p.b_ratio, p.shift));
  return requantize(sum, 0, p.minimum, p.maximum);
}

}  // namespace headrace::kernels::reference
