#include "readers/aten/promote.h"

#include <algorithm>

#include "readers/aten/shapes.h"

namespace headrace::aten {
namespace {

struct Operand {
  DType dtype = DType::kUndefined;
  int priority = 0;  // 2: a tensor with axes, 1: a tensor without, 0: a number
};

int kind(DType dtype) { return dtype == DType::kBool ? 0 : is_floating(dtype) ? 2 : 1; }

Operand operand_of(Call& call, std::string_view name) {
  if (call.is_tensor(name)) {
    const Value* tensor = call.tensor(name);
    return {tensor->dtype, rank_of(tensor) > 0 ? 2 : 1};
  }
  for (const pt2::NamedArgument& input : call.node().inputs) {
    if (input.name != name) continue;
    if (std::holds_alternative<pt2::Real>(input.value)) return {DType::kFloat32, 0};
    if (std::holds_alternative<bool>(input.value)) return {DType::kBool, 0};
  }
  return {DType::kInt64, 0};
}

// Of one kind.
DType wider(DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a)) {
    if (bits_of(a) == bits_of(b)) return DType::kFloat32;  // float16 and bfloat16
    return bits_of(a) > bits_of(b) ? a : b;
  }
  if (bits_of(a) == bits_of(b)) return DType::kInt16;  // uint8 and int8
  return bits_of(a) < bits_of(b) ? b : a;
}

}  // namespace

bool is_floating(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kFloat16 || dtype == DType::kBfloat16;
}

bool is_integral(DType dtype) { return !is_floating(dtype) && dtype != DType::kBool && dtype != DType::kUndefined; }

DType common_dtype(Call& call, std::string_view a, std::string_view b) {
  const Operand x = operand_of(call, a), y = operand_of(call, b);
  if (kind(x.dtype) != kind(y.dtype)) return kind(x.dtype) > kind(y.dtype) ? x.dtype : y.dtype;
  if (x.priority != y.priority) return x.priority > y.priority ? x.dtype : y.dtype;
  return wider(x.dtype, y.dtype);
}

}  // namespace headrace::aten
