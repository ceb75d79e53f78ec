#include <cstring>

#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {

Result<Tensors> gather(const OpCall& call) {
  const Tensor& x = call.input();
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", 0), x.rank()));
  HEADRACE_TRY(std::vector<int64_t> indices, integers(call, 1));
  HEADRACE_TRY(const size_t size, element_bytes(x));
  const auto at = static_cast<size_t>(axis);
  const int64_t extent = x.dims()[at];
  for (int64_t& index : indices) {
    if (index < -extent || index >= extent)
      return invalid_data("index " + std::to_string(index) + " is outside of axis " + std::to_string(axis) + " of shape " +
                          to_string(x.dims()));
    if (index < 0) index += extent;
  }
  Dims dims(x.dims().begin(), x.dims().begin() + axis);
  dims.insert(dims.end(), call.input(1).dims().begin(), call.input(1).dims().end());
  dims.insert(dims.end(), x.dims().begin() + axis + 1, x.dims().end());
  HEADRACE_TRY(Tensor y, new_tensor(x.dtype(), std::move(dims)));
  const size_t inner = static_cast<size_t>(product(x.dims(), at + 1)) * size;
  std::byte* to = y.mutable_bytes().data();
  for (int64_t outer = 0; outer < product(x.dims(), 0, at); ++outer)
    for (const int64_t index : indices) {
      if (inner > 0) std::memcpy(to, x.bytes().data() + static_cast<size_t>(outer * extent + index) * inner, inner);
      to += inner;
    }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
