// Walking over all index tuples of a shape in row-major order, with the offset of each of several operands kept along:
// broadcasting, transposing, slicing and the rest are nothing but different strides.
#pragma once

#include <array>
#include <cstdint>

#include "base/tensor.h"

namespace headrace::reference {

// Row-major strides in elements.
Dims strides_of(const Dims& dims);
// The strides with which a tensor of `dims` is read as one of `out`: 0 where it is broadcast. `dims` must broadcast to `out`.
Dims broadcast_strides(const Dims& dims, const Dims& out);

// body(offsets) for every index tuple of `dims`; offsets[n] = sum over axes of index * strides[n][axis].
template <size_t N, typename Body>
void walk(const Dims& dims, const std::array<Dims, N>& strides, Body body) {
  for (const int64_t extent : dims)
    if (extent == 0) return;
  Dims index(dims.size(), 0);
  std::array<int64_t, N> offsets{};
  for (;;) {
    body(offsets);
    size_t axis = dims.size();
    for (; axis-- > 0;) {
      for (size_t n = 0; n < N; ++n) offsets[n] += strides[n][axis];
      if (++index[axis] < dims[axis]) break;
      for (size_t n = 0; n < N; ++n) offsets[n] -= strides[n][axis] * dims[axis];
      index[axis] = 0;
    }
    if (axis == static_cast<size_t>(-1)) return;
  }
}

// A tensor of `dims` whose element at an index tuple is x's element at `base` plus the tuple times `strides`. Any type with whole
// bytes; unsupported otherwise.
Result<Tensor> pick(const Tensor& x, Dims dims, const Dims& strides, int64_t base = 0);

// Bytes of an element; unsupported for strings and types below 8 bits.
Result<size_t> element_bytes(const Tensor& tensor);

}  // namespace headrace::reference
