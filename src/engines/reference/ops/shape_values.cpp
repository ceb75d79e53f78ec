#include "engines/reference/ops/shape_values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "engines/reference/ops/walk.h"

namespace headrace::reference {

Result<Tensors> shape(const OpCall& call) {
  const Dims& dims = call.input().dims();
  const auto rank = static_cast<int64_t>(dims.size());
  const auto place = [&](int64_t position) { return std::clamp<int64_t>(position < 0 ? position + rank : position, 0, rank); };
  const int64_t begin = place(call.node.int_attribute("start", 0)), end = place(call.node.int_attribute("end", rank));
  const Dims part = begin < end ? Dims(dims.begin() + begin, dims.begin() + end) : Dims();
  return Tensors{Tensor::from<int64_t>({static_cast<int64_t>(part.size())}, part)};
}

Result<Tensors> size(const OpCall& call) { return Tensors{Tensor::scalar(static_cast<int64_t>(call.input().size()))}; }

// The reader has turned the usual forms into constants already.
Result<Tensors> constant(const OpCall& call) {
  const Attribute* value = call.node.attribute("value");
  if (value != nullptr)
    if (const auto* tensor = std::get_if<Tensor>(value)) return Tensors{*tensor};
  return unsupported("the reference engine knows dense constants only");
}

Result<Tensors> constant_of_shape(const OpCall& call) {
  HEADRACE_TRY(Dims dims, integers(call, 0));
  const Attribute* given = call.node.attribute("value");
  const Tensor* tensor = given != nullptr ? std::get_if<Tensor>(given) : nullptr;
  const Tensor value = tensor != nullptr ? *tensor : Tensor::scalar(0.0f);
  if (value.size() != 1) return invalid_model("its value is not one element");
  HEADRACE_TRY(Tensor y, pick(value, dims, Dims(dims.size(), 0)));
  return Tensors{std::move(y)};
}

Result<Tensors> range(const OpCall& call) {
  if (call.input().dtype() == DType::kFloat32) {
    const double begin = call.input(0).as<float>()[0], end = call.input(1).as<float>()[0], step = call.input(2).as<float>()[0];
    const double count = std::max(std::ceil((end - begin) / step), 0.0);
    if (!(count <= 1e9)) return invalid_data("a range of " + std::to_string(count) + " values");
    HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, {static_cast<int64_t>(count)}));
    for (size_t i = 0; i < y.size(); ++i) y.as_mutable<float>()[i] = static_cast<float>(begin + static_cast<double>(i) * step);
    return Tensors{std::move(y)};
  }
  HEADRACE_TRY(const auto begin, integers(call, 0));
  HEADRACE_TRY(const auto end, integers(call, 1));
  HEADRACE_TRY(const auto step, integers(call, 2));
  if (call.input().dtype() != DType::kInt64 || begin.size() != 1 || end.size() != 1 || step.size() != 1 || step[0] == 0)
    return unsupported("the reference engine makes ranges of int64 and float32 with a step other than 0");
  const double count =
      std::max(std::ceil((static_cast<double>(end[0]) - static_cast<double>(begin[0])) / static_cast<double>(step[0])), 0.0);
  if (count > 1e9) return invalid_data("a range of " + std::to_string(count) + " values");
  HEADRACE_TRY(Tensor y, new_tensor(DType::kInt64, {static_cast<int64_t>(count)}));
  for (size_t i = 0; i < y.size(); ++i) y.as_mutable<int64_t>()[i] = begin[0] + static_cast<int64_t>(i) * step[0];
  return Tensors{std::move(y)};
}

Result<Tensors> non_zero(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  std::vector<size_t> found;
  for (size_t i = 0; i < x.size(); ++i)
    if (x[i] != 0) found.push_back(i);
  const Dims strides = strides_of(call.input().dims());
  HEADRACE_TRY(Tensor y, new_tensor(DType::kInt64, {call.input().rank(), static_cast<int64_t>(found.size())}));
  int64_t* to = y.as_mutable<int64_t>().data();
  for (size_t axis = 0; axis < strides.size(); ++axis)
    for (const size_t i : found) *to++ = static_cast<int64_t>(i) / strides[axis] % call.input().dims()[axis];
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
