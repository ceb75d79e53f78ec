// QuantizeLinear and DequantizeLinear around the nodes of a test model.
#pragma once

#include "engines/reference/against_ort.h"

namespace headrace::testing {

template <typename T>
struct Scale {
  float scale;
  T zero;
};
using U8 = Scale<uint8_t>;
using S8 = Scale<int8_t>;

template <typename T>
Value* quantize(OpModel& model, Value* value, Scale<T> s) {
  return model.node("QuantizeLinear", {value, model.constant(Tensor::scalar(s.scale)), model.constant(Tensor::scalar(s.zero))});
}

template <typename T>
Value* dequantize(OpModel& model, Value* codes, Scale<T> s) {
  return model.node("DequantizeLinear", {codes, model.constant(Tensor::scalar(s.scale)), model.constant(Tensor::scalar(s.zero))});
}

// An input of codes, dequantised.
template <typename T>
Value* codes_input(OpModel& model, Dims dims, const std::vector<T>& values, Scale<T> s) {
  return dequantize(model, model.given(Tensor::from<T>(std::move(dims), values)), s);
}

// Random codes over the whole range of T.
template <typename T>
std::vector<T> random_codes(OpModel& model, size_t count) {
  const Tensor values = model.random.uniform({static_cast<int64_t>(count)}, 0, 255.999f);
  std::vector<T> codes;
  for (const float value : values.as<float>()) codes.push_back(static_cast<T>(static_cast<uint8_t>(value)));
  return codes;
}

template <typename T>
Value* random_input(OpModel& model, const Dims& dims, Scale<T> s) {
  size_t count = 1;
  for (const int64_t extent : dims) count *= static_cast<size_t>(extent);
  return codes_input(model, dims, random_codes<T>(model, count), s);
}

}  // namespace headrace::testing
