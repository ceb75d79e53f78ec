#include "engines/reference/ops/elementwise.h"

#include <cmath>
#include <string>

#include "engines/reference/ops/scalar_functions.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

Error unsupported_type(DType dtype) {
  return unsupported("the reference engine does not compute it on " + std::string(to_string(dtype)));
}

// Through double, exact for integers up to 2^53.
template <typename T>
Tensor map(const Tensor& x, const Unary& function) {
  Tensor y = Tensor::allocate(x.dtype(), x.dims());
  const auto from = x.as<T>();
  auto to = y.as_mutable<T>();
  for (size_t i = 0; i < from.size(); ++i) to[i] = static_cast<T>(function(static_cast<double>(from[i])));
  return y;
}

Result<Tensor> map(const Tensor& x, const Unary& function) {
  switch (x.dtype()) {
    case DType::kFloat32: return map<float>(x, function);
    case DType::kFloat64: return map<double>(x, function);
    case DType::kInt32: return map<int32_t>(x, function);
    case DType::kInt64: return map<int64_t>(x, function);
    default: return unsupported_type(x.dtype());
  }
}

// x's bound for Clip: an attribute up to opset 10, an input since.
Result<double> bound(const OpCall& call, size_t index, std::string_view attribute, float otherwise) {
  if (!call.has(index)) return static_cast<double>(call.node.float_attribute(attribute, otherwise));
  if (call.input(index).size() != 1) return invalid_model("'" + std::string(attribute) + "' is not a scalar");
  if (call.input(index).dtype() == DType::kFloat64) return call.input(index).as<double>()[0];
  HEADRACE_TRY(const std::vector<float> values, to_float_vector(call.input(index)));
  return static_cast<double>(values[0]);
}

}  // namespace

Result<Dims> broadcast_dims(const Tensor& a, const Tensor& b) {
  if (auto dims = broadcast(a.dims(), b.dims())) return *std::move(dims);
  return invalid_model("shapes " + to_string(a.dims()) + " and " + to_string(b.dims()) + " do not broadcast");
}

Result<Tensors> unary(const OpCall& call) {
  HEADRACE_TRY(Tensor y, map(call.input(), *unary_function(call.node)));
  return Tensors{std::move(y)};
}

Result<Tensors> clip_op(const OpCall& call) {
  HEADRACE_TRY(const double low, bound(call, 1, "min", -INFINITY));
  HEADRACE_TRY(const double high, bound(call, 2, "max", INFINITY));
  HEADRACE_TRY(Tensor y, map(call.input(), [=](double x) { return clip(x, low, high); }));
  return Tensors{std::move(y)};
}

Result<Tensors> prelu(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto slope, floats(call, 1));
  const Dims& dims = call.input().dims();
  if (broadcast(dims, call.input(1).dims()) != dims)
    return invalid_model("the slope's shape " + to_string(call.input(1).dims()) + " does not broadcast to " + to_string(dims));
  Tensor y = Tensor::allocate(DType::kFloat32, dims);
  float* to = y.as_mutable<float>().data();
  walk<2>(dims, {strides_of(dims), broadcast_strides(call.input(1).dims(), dims)}, [&](const auto& at) {
    *to++ = static_cast<float>(leaky_relu(x[static_cast<size_t>(at[0])], slope[static_cast<size_t>(at[1])]));
  });
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
