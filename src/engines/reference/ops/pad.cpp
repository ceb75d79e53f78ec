// Pad: constant, edge, reflect, wrap. Negative pads cut off.
#include <cstring>
#include <string>

#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

int64_t modulo(int64_t a, int64_t b) { return (a % b + b) % b; }

// Which index of an axis stands at `position`, which may lie outside of [0, extent); -1: the constant.
int64_t source_index(const std::string& mode, int64_t position, int64_t extent) {
  if (position >= 0 && position < extent) return position;
  if (mode == "constant" || extent == 0) return -1;
  if (mode == "edge") return position < 0 ? 0 : extent - 1;
  if (mode == "wrap") return modulo(position, extent);
  if (extent == 1) return 0;
  const int64_t folded = modulo(position, 2 * (extent - 1));  // reflect: the edge itself is not repeated
  return folded < extent ? folded : 2 * (extent - 1) - folded;
}

// Begins, then ends, one per axis.
Result<Dims> pads_of(const OpCall& call, size_t rank) {
  HEADRACE_TRY(const auto given, attribute_or_input(call, "pads", 1));
  HEADRACE_TRY(const auto axes, integers(call, 3));
  if (!given) return invalid_model("its pads are missing");
  const size_t count = call.has(3) ? axes.size() : rank;
  if (given->size() != 2 * count)
    return invalid_model("its pads " + to_string(*given) + " do not fit rank " + std::to_string(rank));
  Dims pads(2 * rank, 0);
  for (size_t i = 0; i < count; ++i) {
    HEADRACE_TRY(const int64_t axis, axis_in(call.has(3) ? axes[i] : static_cast<int64_t>(i), static_cast<int>(rank)));
    pads[static_cast<size_t>(axis)] = (*given)[i];
    pads[rank + static_cast<size_t>(axis)] = (*given)[count + i];
  }
  for (const int64_t pad : pads)
    if (pad < -(int64_t{1} << 40) || pad > int64_t{1} << 40) return invalid_model("its pads are " + to_string(pads));
  return pads;
}

Result<Tensor> constant_value(const OpCall& call) {
  const DType dtype = call.input().dtype();
  if (call.has(2)) {
    if (call.input(2).dtype() == dtype && call.input(2).size() == 1) return call.input(2);
    return invalid_model("its constant value is not one " + std::string(to_string(dtype)));
  }
  if (dtype == DType::kFloat32) return Tensor::scalar(call.node.float_attribute("value", 0));
  Tensor zero = Tensor::allocate(dtype, {});
  std::memset(zero.mutable_bytes().data(), 0, zero.byte_size());
  return zero;
}

}  // namespace

Result<Tensors> pad(const OpCall& call) {
  const Tensor& x = call.input();
  const size_t rank = x.dims().size();
  const std::string mode = call.node.string_attribute("mode", "constant");
  HEADRACE_TRY(const Dims pads, pads_of(call, rank));
  HEADRACE_TRY(const size_t size, element_bytes(x));
  HEADRACE_TRY(const Tensor constant, constant_value(call));
  Dims dims = x.dims();
  for (size_t axis = 0; axis < rank; ++axis) dims[axis] += pads[axis] + pads[rank + axis];
  HEADRACE_TRY(Tensor y, new_tensor(x.dtype(), std::move(dims)));

  const Dims own = strides_of(x.dims()), strides = strides_of(y.dims());
  std::byte* to = y.mutable_bytes().data();
  for (size_t i = 0; i < y.size(); ++i, to += size) {
    int64_t rest = static_cast<int64_t>(i), from = 0;
    for (size_t axis = 0; axis < rank && from >= 0; ++axis) {
      const int64_t index = source_index(mode, rest / strides[axis] - pads[axis], x.dims()[axis]);
      from = index < 0 ? -1 : from + index * own[axis];
      rest %= strides[axis];
    }
    std::memcpy(to, from < 0 ? constant.bytes().data() : x.bytes().data() + static_cast<size_t>(from) * size, size);
  }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
