// How a tensor's codes stand for real values, real = scale * (code - zero_point), and the one place where values become codes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace::reference {

struct Quantization {
  DType dtype = DType::kUint8;  // of the codes
  std::vector<float> scales;    // one, or one per index of an axis
  std::vector<int32_t> zeros;   // as many

  bool per_tensor() const { return scales.size() == 1; }
  float scale() const { return scales[0]; }
  int32_t zero() const { return zeros[0]; }
};

// From the tensors of a (De)QuantizeLinear; `zero_point` undefined: zeros. Errors: invalid_model, unsupported for types other
// than float32 scales and 8, 16 and 32-bit integer codes.
Result<Quantization> quantization_from(const Tensor& scale, const Tensor& zero_point, DType dtype);

struct CodeRange {
  int32_t low, high;
};
CodeRange range_of(DType dtype);  // of uint8, int8, uint16, int16, int32

// clamp(round_half_to_even(steps) + zero): a value counted in steps of the scale becomes a code.
int32_t to_code(float steps, int32_t zero, CodeRange range);

// The codes as integers, and back; `values` must be within the type's range.
std::vector<int32_t> codes_of(const Tensor& tensor);
Tensor tensor_of_codes(DType dtype, Dims dims, const std::vector<int32_t>& values);
// code - zero, for codes of up to 16 bits and one zero point.
std::vector<int32_t> centred_codes(const Tensor& tensor, int32_t zero);

}  // namespace headrace::reference
