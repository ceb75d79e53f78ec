// One operation over a run of elements: T is an ISA's Vector (avx2/vector.h). Elements beyond the run are neither read nor
// written (it may be the caller's own tensor), and a run may be worked on in place.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/inline.h"

namespace headrace::kernels {

// out[i] = operation(x) for a whole vector x of float32.
template <class T, class Operation>
HEADRACE_INLINE void map_f32(const float* in, float* out, size_t count, const Operation& operation) {
  size_t i = 0;
  for (; i + T::kLanes <= count; i += T::kLanes) T::store(out + i, operation(T::load(in + i)));
  const int rest = static_cast<int>(count - i);
  if (rest > 0) T::store(out + i, operation(T::load(in + i, rest)), rest);
}

template <class T, class Operation>
HEADRACE_INLINE void map_f32(const float* a, const float* b, float* out, size_t count, const Operation& operation) {
  size_t i = 0;
  for (; i + T::kLanes <= count; i += T::kLanes) T::store(out + i, operation(T::load(a + i), T::load(b + i)));
  const int rest = static_cast<int>(count - i);
  if (rest > 0) T::store(out + i, operation(T::load(a + i, rest), T::load(b + i, rest)), rest);
}

// The same on a vector of codes.
template <class T, class Operation>
HEADRACE_INLINE void map_u8(const uint8_t* in, uint8_t* out, size_t count, const Operation& operation) {
  size_t i = 0;
  for (; i + T::kBytes <= count; i += T::kBytes) T::store(out + i, operation(T::load(in + i)));
  const int rest = static_cast<int>(count - i);
  if (rest > 0) T::store(out + i, operation(T::load(in + i, rest)), rest);
}

template <class T, class Operation>
HEADRACE_INLINE void map_u8(const uint8_t* a, const uint8_t* b, uint8_t* out, size_t count, const Operation& operation) {
  size_t i = 0;
  for (; i + T::kBytes <= count; i += T::kBytes) T::store(out + i, operation(T::load(a + i), T::load(b + i)));
  const int rest = static_cast<int>(count - i);
  if (rest > 0) T::store(out + i, operation(T::load(a + i, rest), T::load(b + i, rest)), rest);
}

}  // namespace headrace::kernels
