// What groups look at around an op: the DequantizeLinear in front of it and the QuantizeLinear behind it, their scales constant.
#pragma once

#include <optional>

#include "engines/reference/quantization.h"
#include "ir/model.h"

namespace headrace::reference {

// What a DequantizeLinear reads.
struct QuantizedValue {
  const Value* codes = nullptr;
  Quantization quantization;
  int64_t axis = 0;  // where there are several scales; may count from the back
};

// The codes behind `value` when a DequantizeLinear with constant scales computes it.
std::optional<QuantizedValue> dequantized(const Value* value);
// The same for activations: uint8 or int8, one scale for the tensor.
std::optional<QuantizedValue> dequantized_activation(const Value* value);

// A QuantizeLinear with one constant scale, to uint8 or int8, and what is in front of it.
struct Target {
  const Value* source = nullptr;  // what becomes codes, in front of an absorbed Relu or Clip
  Quantization quantization;
  CodeRange range{};  // narrowed by the Relu or Clip

  int32_t code(float steps) const { return to_code(steps, quantization.zero(), range); }
};

// The target as it is, and with a Relu or a Clip with constant bounds absorbed into the range where there is one.
std::optional<Target> target_of(const Node& quantize);
Target absorb_bounds(Target target);

// The value of a constant float32 scalar.
std::optional<float> scalar_constant(const Value* value);

}  // namespace headrace::reference
