#include <algorithm>
#include <numeric>

#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

Result<Tensors> with_dims(const Tensor& x, Dims dims) {
  const auto count = element_count(dims);
  if (!count || static_cast<size_t>(*count) != x.size())
    return invalid_model("a tensor of shape " + to_string(x.dims()) + " cannot take the shape " + to_string(dims));
  return Tensors{x.reshaped(std::move(dims))};
}

}  // namespace

Result<Tensors> identity(const OpCall& call) {
  Tensors outputs{call.input()};
  if (call.node.outputs().size() < 2) return outputs;
  Tensor mask = Tensor::allocate(DType::kBool, call.input().dims());
  std::ranges::fill(mask.as_mutable<bool>(), true);
  outputs.push_back(std::move(mask));
  return outputs;
}

Result<Tensors> reshape(const OpCall& call) {
  HEADRACE_TRY(Dims dims, integers(call, 1));
  const Tensor& x = call.input();
  const bool zero_is_zero = call.node.int_attribute("allowzero", 0) != 0;
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (dims[axis] == 0 && !zero_is_zero && axis < x.dims().size()) dims[axis] = x.dims()[axis];
  const auto open = std::find(dims.begin(), dims.end(), -1);
  if (open != dims.end()) {
    *open = 1;
    const auto rest = element_count(dims);
    if (!rest || *rest == 0) return invalid_model("the shape to take leaves its -1 undecided");
    *open = static_cast<int64_t>(x.size()) / *rest;
  }
  return with_dims(x, std::move(dims));
}

Result<Tensors> flatten(const OpCall& call) {
  const Dims& dims = call.input().dims();
  int64_t axis = call.node.int_attribute("axis", 1);
  const auto rank = static_cast<int64_t>(dims.size());
  if (axis < -rank || axis > rank) return invalid_model("axis " + std::to_string(axis) + " of " + to_string(dims));
  if (axis < 0) axis += rank;
  return with_dims(call.input(), {product(dims, 0, static_cast<size_t>(axis)), product(dims, static_cast<size_t>(axis))});
}

Result<Tensors> squeeze(const OpCall& call) {
  HEADRACE_TRY(const auto axes, attribute_or_input(call, "axes", 1));
  const Dims& dims = call.input().dims();
  std::vector<bool> gone(dims.size(), false);
  if (!axes)
    for (size_t axis = 0; axis < dims.size(); ++axis) gone[axis] = dims[axis] == 1;
  else
    for (const int64_t axis : *axes) {
      HEADRACE_TRY(const int64_t normal, axis_in(axis, call.input().rank()));
      gone[static_cast<size_t>(normal)] = true;
    }
  Dims out;
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (!gone[axis]) out.push_back(dims[axis]);
  return with_dims(call.input(), std::move(out));
}

Result<Tensors> unsqueeze(const OpCall& call) {
  HEADRACE_TRY(const auto axes, attribute_or_input(call, "axes", 1));
  if (!axes) return invalid_model("its axes are missing");
  const Dims& dims = call.input().dims();
  std::vector<bool> added(dims.size() + axes->size(), false);
  for (const int64_t axis : *axes) {
    HEADRACE_TRY(const int64_t normal, axis_in(axis, static_cast<int>(added.size())));
    added[static_cast<size_t>(normal)] = true;
  }
  if (static_cast<size_t>(std::count(added.begin(), added.end(), true)) != axes->size())
    return invalid_model("its axes name one twice");
  Dims out;
  auto from = dims.begin();
  for (const bool is_added : added) out.push_back(is_added ? 1 : *from++);
  return with_dims(call.input(), std::move(out));
}

Result<Tensors> transpose(const OpCall& call) {
  const Dims& dims = call.input().dims();
  Dims order = call.node.ints_attribute("perm");
  if (order.empty()) {
    order.resize(dims.size());
    std::iota(order.rbegin(), order.rend(), 0);
  }
  Dims sorted = order, identity(dims.size());
  std::sort(sorted.begin(), sorted.end());
  std::iota(identity.begin(), identity.end(), 0);
  if (sorted != identity) return invalid_model("perm " + to_string(order) + " does not fit the shape " + to_string(dims));
  const Dims own = strides_of(dims);
  Dims out, strides;
  for (const int64_t axis : order) {
    out.push_back(dims[static_cast<size_t>(axis)]);
    strides.push_back(own[static_cast<size_t>(axis)]);
  }
  HEADRACE_TRY(Tensor y, pick(call.input(), std::move(out), strides));
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
