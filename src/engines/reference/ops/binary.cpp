// Add and its like on two tensors: floats through double (one rounding), integers in their own type.
#include <functional>
#include <string>

#include "engines/reference/ops/elementwise.h"
#include "engines/reference/ops/scalar_functions.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

// Integer arithmetic wraps around, as everywhere. 64 bits wide; the caller narrows.
Result<int64_t> compute(std::string_view op, int64_t a, int64_t b) {
  const auto wrapped_a = static_cast<uint64_t>(a), wrapped_b = static_cast<uint64_t>(b);
  if (op == "Add" || op == "Sum") return static_cast<int64_t>(wrapped_a + wrapped_b);
  if (op == "Sub") return static_cast<int64_t>(wrapped_a - wrapped_b);
  if (op == "Mul") return static_cast<int64_t>(wrapped_a * wrapped_b);
  if (op == "Min") return std::min(a, b);
  if (op == "Max") return std::max(a, b);
  if (op != "Div") return unsupported("the reference engine does not compute it on integers");
  if (b == 0) return invalid_data("an integer is divided by zero");
  return b == -1 ? static_cast<int64_t>(0 - wrapped_a) : a / b;
}

template <typename T>
Result<Tensor> combine_integers(std::string_view op, const Tensor& a, const Tensor& b, Dims dims) {
  HEADRACE_TRY(Tensor y, new_tensor(a.dtype(), std::move(dims)));
  T* to = y.as_mutable<T>().data();
  std::optional<Error> error;
  walk<2>(y.dims(), {broadcast_strides(a.dims(), y.dims()), broadcast_strides(b.dims(), y.dims())}, [&](const auto& at) {
    const auto result = compute(op, a.as<T>()[static_cast<size_t>(at[0])], b.as<T>()[static_cast<size_t>(at[1])]);
    if (result) *to++ = static_cast<T>(*result);
    else if (!error) error = result.error();
  });
  if (error) return *error;
  return y;
}

template <typename T>
Result<Tensor> combine_floats(Binary function, const Tensor& a, const Tensor& b, Dims dims) {
  HEADRACE_TRY(Tensor y, new_tensor(a.dtype(), std::move(dims)));
  T* to = y.as_mutable<T>().data();
  walk<2>(y.dims(), {broadcast_strides(a.dims(), y.dims()), broadcast_strides(b.dims(), y.dims())}, [&](const auto& at) {
    *to++ = static_cast<T>(function(a.as<T>()[static_cast<size_t>(at[0])], b.as<T>()[static_cast<size_t>(at[1])]));
  });
  return y;
}

// Pow's exponent may be of another type than its base.
Result<Tensor> same_type(const Tensor& b, DType dtype) {
  if (b.dtype() == dtype) return b;
  if (dtype != DType::kFloat32)
    return unsupported("the reference engine does not combine " + std::string(to_string(dtype)) + " with " +
                       std::string(to_string(b.dtype())));
  HEADRACE_TRY(const std::vector<float> values, to_float_vector(b));
  return Tensor::from(b.dims(), values);
}

Result<Tensor> combine(std::string_view op, const Tensor& a, const Tensor& any_b) {
  HEADRACE_TRY(const Tensor b, same_type(any_b, a.dtype()));
  HEADRACE_TRY(Dims dims, broadcast_dims(a, b));
  switch (a.dtype()) {
    case DType::kFloat32: return combine_floats<float>(binary_function(op), a, b, std::move(dims));
    case DType::kFloat64: return combine_floats<double>(binary_function(op), a, b, std::move(dims));
    case DType::kInt32: return combine_integers<int32_t>(op, a, b, std::move(dims));
    case DType::kInt64: return combine_integers<int64_t>(op, a, b, std::move(dims));
    default: return unsupported("the reference engine does not compute it on " + std::string(to_string(a.dtype())));
  }
}

}  // namespace

Result<Tensors> binary(const OpCall& call) {
  Tensor y = call.input();
  for (size_t i = 1; i < call.inputs.size(); ++i) {
    HEADRACE_TRY(y, combine(call.node.op_type, y, call.input(i)));
  }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
