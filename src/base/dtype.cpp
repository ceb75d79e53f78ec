#include "base/dtype.h"

#include <array>

namespace headrace {
namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int bits;
};

constexpr std::array kTypes = {
    DTypeInfo{DType::kUndefined, "undefined", 0},
    DTypeInfo{DType::kFloat32, "float32", 32},
    DTypeInfo{DType::kUint8, "uint8", 8},
    DTypeInfo{DType::kInt8, "int8", 8},
    DTypeInfo{DType::kUint16, "uint16", 16},
    DTypeInfo{DType::kInt16, "int16", 16},
    DTypeInfo{DType::kInt32, "int32", 32},
    DTypeInfo{DType::kInt64, "int64", 64},
    DTypeInfo{DType::kString, "string", 0},
    DTypeInfo{DType::kBool, "bool", 8},
    DTypeInfo{DType::kFloat16, "float16", 16},
    DTypeInfo{DType::kFloat64, "float64", 64},
    DTypeInfo{DType::kUint32, "uint32", 32},
    DTypeInfo{DType::kUint64, "uint64", 64},
    DTypeInfo{DType::kComplex64, "complex64", 64},
    DTypeInfo{DType::kComplex128, "complex128", 128},
    DTypeInfo{DType::kBfloat16, "bfloat16", 16},
    DTypeInfo{DType::kFloat8E4M3FN, "float8e4m3fn", 8},
    DTypeInfo{DType::kFloat8E4M3FNUZ, "float8e4m3fnuz", 8},
    DTypeInfo{DType::kFloat8E5M2, "float8e5m2", 8},
    DTypeInfo{DType::kFloat8E5M2FNUZ, "float8e5m2fnuz", 8},
    DTypeInfo{DType::kUint4, "uint4", 4},
    DTypeInfo{DType::kInt4, "int4", 4},
    DTypeInfo{DType::kFloat4E2M1, "float4e2m1", 4},
    DTypeInfo{DType::kFloat8E8M0, "float8e8m0", 8},
    DTypeInfo{DType::kUint2, "uint2", 2},
    DTypeInfo{DType::kInt2, "int2", 2},
    DTypeInfo{DType::kFloat6E2M3, "float6e2m3", 6},
    DTypeInfo{DType::kFloat6E3M2, "float6e3m2", 6},
};

const DTypeInfo& info(DType dtype) {
  for (const auto& type : kTypes)
    if (type.dtype == dtype) return type;
  return kTypes[0];
}

}  // namespace

std::string_view to_string(DType dtype) { return info(dtype).name; }

std::optional<DType> dtype_from_string(std::string_view name) {
  for (const auto& type : kTypes)
    if (type.name == name) return type.dtype;
  return std::nullopt;
}

int bits_of(DType dtype) { return info(dtype).bits; }

size_t bytes_for(DType dtype, size_t count) {
  // The product is formed so that it cannot overflow before the division for any count that fits in memory.
  const auto bits = static_cast<size_t>(bits_of(dtype));
  return bits >= 8 ? count * (bits / 8) : (count * bits + 7) / 8;
}

}  // namespace headrace
