// Comparisons, logic and selection.
#include <cmath>
#include <cstring>
#include <map>
#include <string>

#include "engines/reference/ops/elementwise.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

// 0: equal, 1: a is less, 2: a is greater, 3: not ordered (NaN).
using Holds = bool (*)(int order);

template <typename T>
int order_of(T a, T b) {
  return a == b ? 0 : a < b ? 1 : a > b ? 2 : 3;
}

Holds predicate(std::string_view op) {
  static const std::map<std::string_view, Holds> predicates{
      {"Equal", [](int order) { return order == 0; }},
      {"Less", [](int order) { return order == 1; }},
      {"Greater", [](int order) { return order == 2; }},
      {"LessOrEqual", [](int order) { return order <= 1; }},
      {"GreaterOrEqual", [](int order) { return order == 0 || order == 2; }},
  };
  return predicates.at(op);
}

template <typename T, typename Function>
Result<Tensor> pairwise(const Tensor& a, const Tensor& b, Function function) {
  HEADRACE_TRY(Dims dims, broadcast_dims(a, b));
  HEADRACE_TRY(Tensor y, new_tensor(DType::kBool, std::move(dims)));
  bool* to = y.as_mutable<bool>().data();
  walk<2>(y.dims(), {broadcast_strides(a.dims(), y.dims()), broadcast_strides(b.dims(), y.dims())}, [&](const auto& at) {
    *to++ = function(a.as<T>()[static_cast<size_t>(at[0])], b.as<T>()[static_cast<size_t>(at[1])]);
  });
  return y;
}

template <typename T>
Result<Tensor> ordered(std::string_view op, const Tensor& a, const Tensor& b) {
  return pairwise<T>(a, b, [holds = predicate(op)](T x, T y) { return holds(order_of(x, y)); });
}

Result<Tensor> logical(std::string_view op, const Tensor& a, const Tensor& b) {
  return pairwise<bool>(a, b, [op](bool x, bool y) {
    if (op == "And") return x && y;
    return op == "Or" ? x || y : x != y;
  });
}

Result<Tensor> dispatch(std::string_view op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) return invalid_model("its operands have different types");
  const bool of_bools = op == "And" || op == "Or" || op == "Xor";
  if (of_bools && a.dtype() == DType::kBool) return logical(op, a, b);
  if (!of_bools) switch (a.dtype()) {
      case DType::kFloat32: return ordered<float>(op, a, b);
      case DType::kFloat64: return ordered<double>(op, a, b);
      case DType::kInt32: return ordered<int32_t>(op, a, b);
      case DType::kInt64: return ordered<int64_t>(op, a, b);
      case DType::kBool: return ordered<bool>(op, a, b);
      default: break;
    }
  return unsupported("the reference engine does not compute it on " + std::string(to_string(a.dtype())));
}

}  // namespace

Result<Tensors> compare(const OpCall& call) {
  HEADRACE_TRY(Tensor y, dispatch(call.node.op_type, call.input(0), call.input(1)));
  return Tensors{std::move(y)};
}

Result<Tensors> not_op(const OpCall& call) {
  if (call.input().dtype() != DType::kBool) return invalid_model("its input is not bool");
  Tensor y = Tensor::allocate(DType::kBool, call.input().dims());
  for (size_t i = 0; i < y.size(); ++i) y.as_mutable<bool>()[i] = !call.input().as<bool>()[i];
  return Tensors{std::move(y)};
}

Result<Tensors> where(const OpCall& call) {
  const Tensor &condition = call.input(0), &a = call.input(1), &b = call.input(2);
  if (condition.dtype() != DType::kBool || a.dtype() != b.dtype()) return invalid_model("its operands have the wrong types");
  HEADRACE_TRY(const Dims both, broadcast_dims(a, b));
  const auto dims = broadcast(condition.dims(), both);
  if (!dims) return invalid_model("the condition's shape " + to_string(condition.dims()) + " does not broadcast");
  HEADRACE_TRY(const size_t size, element_bytes(a));
  HEADRACE_TRY(Tensor y, new_tensor(a.dtype(), *dims));
  std::byte* to = y.mutable_bytes().data();
  walk<3>(*dims,
          {broadcast_strides(condition.dims(), *dims), broadcast_strides(a.dims(), *dims), broadcast_strides(b.dims(), *dims)},
          [&](const auto& at) {
            const bool first = condition.as<bool>()[static_cast<size_t>(at[0])];
            const std::byte* from = first ? a.bytes().data() + static_cast<size_t>(at[1]) * size
                                          : b.bytes().data() + static_cast<size_t>(at[2]) * size;
            std::memcpy(to, from, size);
            to += size;
          });
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
