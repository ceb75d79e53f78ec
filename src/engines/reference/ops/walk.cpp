#include "engines/reference/ops/walk.h"

#include <cstring>
#include <string>

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Dims strides_of(const Dims& dims) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (size_t axis = dims.size(); axis-- > 0;) {
    strides[axis] = stride;
    stride *= dims[axis];
  }
  return strides;
}

Dims broadcast_strides(const Dims& dims, const Dims& out) {
  const Dims own = strides_of(dims);
  Dims strides(out.size(), 0);
  const size_t missing = out.size() - dims.size();
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (dims[axis] != 1) strides[missing + axis] = own[axis];
  return strides;
}

Result<size_t> element_bytes(const Tensor& tensor) {
  const int bits = bits_of(tensor.dtype());
  if (bits == 0 || bits % 8 != 0)
    return unsupported("the reference engine does not move values of type " + std::string(to_string(tensor.dtype())));
  return static_cast<size_t>(bits) / 8;
}

Result<Tensor> pick(const Tensor& x, Dims dims, const Dims& strides, int64_t base) {
  HEADRACE_TRY(const size_t size, element_bytes(x));
  HEADRACE_TRY(Tensor y, new_tensor(x.dtype(), std::move(dims)));
  std::byte* to = y.mutable_bytes().data();
  const std::byte* from = x.bytes().data();
  walk<1>(y.dims(), {strides}, [&](const auto& offsets) {
    std::memcpy(to, from + static_cast<size_t>(base + offsets[0]) * size, size);
    to += size;
  });
  return y;
}

}  // namespace headrace::reference
