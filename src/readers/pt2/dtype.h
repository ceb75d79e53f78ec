// PyTorch's numbers for dtypes, as the schema writes them.
#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace headrace::pt2 {

// kUndefined for those that are not read (complex numbers) and for numbers that mean nothing.
constexpr DType dtype_of_scalar_type(int64_t number) {
  switch (number) {
    case 1: return DType::kUint8;
    case 2: return DType::kInt8;
    case 3: return DType::kInt16;
    case 4: return DType::kInt32;
    case 5: return DType::kInt64;
    case 6: return DType::kFloat16;
    case 7: return DType::kFloat32;
    case 8: return DType::kFloat64;
    case 12: return DType::kBool;
    case 13: return DType::kBfloat16;
    case 28: return DType::kUint16;
    case 29: return DType::kFloat8E4M3FN;
    case 30: return DType::kFloat8E5M2;
    case 31: return DType::kFloat8E4M3FNUZ;
    case 32: return DType::kFloat8E5M2FNUZ;
    case 33: return DType::kFloat8E8M0;
    case 34: return DType::kUint32;
    case 35: return DType::kUint64;
    default: return DType::kUndefined;
  }
}

}  // namespace headrace::pt2
