#include "engines/reference/quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace headrace::reference {
namespace {

template <typename T>
constexpr CodeRange range() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

template <typename T>
std::vector<int32_t> widen(const Tensor& tensor) {
  const auto values = tensor.as<T>();
  return {values.begin(), values.end()};
}

template <typename T>
void narrow(const std::vector<int32_t>& values, Tensor& tensor) {
  std::transform(values.begin(), values.end(), tensor.as_mutable<T>().begin(), [](int32_t v) { return static_cast<T>(v); });
}

bool is_code_type(DType dtype) {
  return dtype == DType::kUint8 || dtype == DType::kInt8 || dtype == DType::kUint16 || dtype == DType::kInt16 ||
         dtype == DType::kInt32;
}

}  // namespace

CodeRange range_of(DType dtype) {
  switch (dtype) {
    case DType::kUint8: return range<uint8_t>();
    case DType::kInt8: return range<int8_t>();
    case DType::kUint16: return range<uint16_t>();
    case DType::kInt16: return range<int16_t>();
    default: return range<int32_t>();
  }
}

Result<Quantization> quantization_from(const Tensor& scale, const Tensor& zero_point, DType dtype) {
  if (scale.dtype() != DType::kFloat32 || !is_code_type(dtype))
    return unsupported("the reference engine knows codes of 8, 16 and 32 bits with float32 scales; these are " +
                       std::string(to_string(dtype)) + " with " + std::string(to_string(scale.dtype())));
  if (scale.rank() > 1) return unsupported("the reference engine does not know blocked quantisation");
  Quantization result{dtype, {scale.as<float>().begin(), scale.as<float>().end()}, std::vector<int32_t>(scale.size(), 0)};
  if (!zero_point.defined()) return result;
  if (zero_point.dtype() != dtype || zero_point.size() != scale.size())
    return invalid_model("its zero point does not go with its scale and codes");
  result.zeros = codes_of(zero_point);
  return result;
}

int32_t to_code(float steps, int32_t zero, CodeRange range) {
  const float rounded = std::nearbyint(steps);  // to even, in the rounding mode that every program starts in
  if (std::isnan(rounded)) return range.low;
  const double code = static_cast<double>(rounded) + zero;
  return static_cast<int32_t>(std::clamp<double>(code, range.low, range.high));
}

std::vector<int32_t> codes_of(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::kUint8: return widen<uint8_t>(tensor);
    case DType::kInt8: return widen<int8_t>(tensor);
    case DType::kUint16: return widen<uint16_t>(tensor);
    case DType::kInt16: return widen<int16_t>(tensor);
    default: return widen<int32_t>(tensor);
  }
}

Tensor tensor_of_codes(DType dtype, Dims dims, const std::vector<int32_t>& values) {
  Tensor tensor = Tensor::allocate(dtype, std::move(dims));
  switch (dtype) {
    case DType::kUint8: narrow<uint8_t>(values, tensor); break;
    case DType::kInt8: narrow<int8_t>(values, tensor); break;
    case DType::kUint16: narrow<uint16_t>(values, tensor); break;
    case DType::kInt16: narrow<int16_t>(values, tensor); break;
    default: narrow<int32_t>(values, tensor);
  }
  return tensor;
}

std::vector<int32_t> centred_codes(const Tensor& tensor, int32_t zero) {
  std::vector<int32_t> codes = codes_of(tensor);
  for (int32_t& code : codes) code -= zero;
  return codes;
}

}  // namespace headrace::reference
