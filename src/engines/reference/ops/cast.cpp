#include <string>
#include <type_traits>

#include "engines/reference/ops/layout.h"

namespace headrace::reference {
namespace {

template <typename From, typename To>
Tensor convert(const Tensor& x) {
  Tensor y = Tensor::allocate(dtype_of<To>(), x.dims());
  const auto from = x.as<From>();
  auto to = y.as_mutable<To>();
  for (size_t i = 0; i < from.size(); ++i) {
    if constexpr (std::is_same_v<To, bool>) to[i] = from[i] != From{};
    else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
      to[i] = static_cast<To>(static_cast<int64_t>(from[i]));  // towards zero; modulo 2^bits, where C++ would leave it undefined
    else to[i] = static_cast<To>(from[i]);
  }
  return y;
}

template <typename From>
Result<Tensor> convert_from(const Tensor& x, DType to) {
  switch (to) {
    case DType::kFloat32: return convert<From, float>(x);
    case DType::kFloat64: return convert<From, double>(x);
    case DType::kUint8: return convert<From, uint8_t>(x);
    case DType::kInt8: return convert<From, int8_t>(x);
    case DType::kInt32: return convert<From, int32_t>(x);
    case DType::kInt64: return convert<From, int64_t>(x);
    case DType::kBool: return convert<From, bool>(x);
    default: return unsupported("the reference engine does not cast to " + std::string(to_string(to)));
  }
}

Result<Tensor> convert(const Tensor& x, DType to) {
  switch (x.dtype()) {
    case DType::kFloat32: return convert_from<float>(x, to);
    case DType::kFloat64: return convert_from<double>(x, to);
    case DType::kUint8: return convert_from<uint8_t>(x, to);
    case DType::kInt8: return convert_from<int8_t>(x, to);
    case DType::kInt32: return convert_from<int32_t>(x, to);
    case DType::kInt64: return convert_from<int64_t>(x, to);
    case DType::kBool: return convert_from<bool>(x, to);
    default: return unsupported("the reference engine does not cast from " + std::string(to_string(x.dtype())));
  }
}

}  // namespace

Result<Tensors> cast(const OpCall& call) {
  const auto to = call.node.is("CastLike") ? call.input(1).dtype() : static_cast<DType>(call.node.int_attribute("to", 0));
  if (to == call.input().dtype()) return Tensors{call.input()};
  HEADRACE_TRY(Tensor y, convert(call.input(), to));
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
