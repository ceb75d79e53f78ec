// Concat, Split, and the two ops that swap channels for space.
#include <cstring>

#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

// The extents of a Split: given, or as even as they come.
Result<Dims> split_extents(const OpCall& call, int64_t extent) {
  HEADRACE_TRY(const auto given, attribute_or_input(call, "split", 1));
  const auto count = static_cast<int64_t>(call.node.outputs().size());
  Dims extents;
  if (given) extents = *given;
  else
    for (int64_t i = 0, part = (extent + count - 1) / count, left = extent; i < count; ++i, left -= extents.back())
      extents.push_back(std::min(part, left));
  int64_t sum = 0;
  for (const int64_t part : extents) sum = part < 0 || part > extent ? -1 - extent : sum + part;
  if (static_cast<int64_t>(extents.size()) != count || sum != extent)
    return invalid_model("parts " + to_string(extents) + " do not split an extent of " + std::to_string(extent) + " in " +
                         std::to_string(count));
  return extents;
}

Result<Tensor> blocks(const Tensor& x, const Dims& apart, const Dims& order, Dims result) {
  const Dims own = strides_of(apart);
  Dims dims, strides;
  for (const int64_t axis : order) {
    dims.push_back(apart[static_cast<size_t>(axis)]);
    strides.push_back(own[static_cast<size_t>(axis)]);
  }
  HEADRACE_TRY(const Tensor y, pick(x, std::move(dims), strides));
  return y.reshaped(std::move(result));
}

Result<int64_t> block_size(const OpCall& call, bool to_space) {
  const int64_t size = call.node.int_attribute("blocksize", 0);
  const Dims& dims = call.input().dims();
  const bool fits = size > 0 && size < 1 << 15 && dims.size() == 4 &&
                    (to_space ? dims[1] % (size * size) == 0 : dims[2] % size == 0 && dims[3] % size == 0);
  if (fits) return size;
  return invalid_model("blocks of " + std::to_string(size) + " do not fit the shape " + to_string(dims));
}

}  // namespace

Result<Tensors> concat(const OpCall& call) {
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", 0), call.input().rank()));
  const auto at = static_cast<size_t>(axis);
  Dims dims = call.input().dims();
  dims[at] = 0;
  for (const Tensor& x : call.inputs) {
    Dims expected = dims;
    if (x.rank() == call.input().rank()) expected[at] = x.dims()[at];
    if (x.dims() != expected || x.dtype() != call.input().dtype())
      return invalid_model("a tensor of shape " + to_string(x.dims()) + " cannot be joined to one of shape " +
                           to_string(call.input().dims()) + " along axis " + std::to_string(axis));
    dims[at] += x.dims()[at];
  }
  HEADRACE_TRY(const size_t size, element_bytes(call.input()));
  HEADRACE_TRY(Tensor y, new_tensor(call.input().dtype(), dims));
  std::byte* to = y.mutable_bytes().data();
  for (int64_t outer = 0; outer < product(dims, 0, at); ++outer)
    for (const Tensor& x : call.inputs) {
      const size_t bytes = static_cast<size_t>(product(x.dims(), at)) * size;
      if (bytes > 0) std::memcpy(to, x.bytes().data() + static_cast<size_t>(outer) * bytes, bytes);
      to += bytes;
    }
  return Tensors{std::move(y)};
}

Result<Tensors> split(const OpCall& call) {
  const Tensor& x = call.input();
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", 0), x.rank()));
  const auto at = static_cast<size_t>(axis);
  HEADRACE_TRY(const Dims extents, split_extents(call, x.dims()[at]));
  Tensors outputs;
  int64_t begin = 0;
  for (const int64_t extent : extents) {
    Dims dims = x.dims();
    dims[at] = extent;
    const Dims strides = strides_of(x.dims());
    HEADRACE_TRY(Tensor part, pick(x, std::move(dims), strides, begin * strides[at]));
    outputs.push_back(std::move(part));
    begin += extent;
  }
  return outputs;
}

Result<Tensors> depth_to_space(const OpCall& call) {
  HEADRACE_TRY(const int64_t b, block_size(call, true));
  const Dims& d = call.input().dims();
  const int64_t c = d[1] / (b * b);
  const Dims result{d[0], c, d[2] * b, d[3] * b};
  const bool columns_first = call.node.string_attribute("mode", "DCR") == "CRD";
  HEADRACE_TRY(Tensor y, columns_first ? blocks(call.input(), {d[0], c, b, b, d[2], d[3]}, {0, 1, 4, 2, 5, 3}, result)
                                       : blocks(call.input(), {d[0], b, b, c, d[2], d[3]}, {0, 3, 4, 1, 5, 2}, result));
  return Tensors{std::move(y)};
}

Result<Tensors> space_to_depth(const OpCall& call) {
  HEADRACE_TRY(const int64_t b, block_size(call, false));
  const Dims& d = call.input().dims();
  HEADRACE_TRY(Tensor y, blocks(call.input(), {d[0], d[1], d[2] / b, b, d[3] / b, b}, {0, 3, 5, 1, 2, 4},
                                {d[0], d[1] * b * b, d[2] / b, d[3] / b}));
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
