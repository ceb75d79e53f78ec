// The quantize and dequantize ops of PT2E and QAT programs: ONNX's QDQ form with the program's own scales.
#include <limits>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

std::pair<int64_t, int64_t> range_of(DType dtype) {
  switch (dtype) {
    case DType::kInt8: return {-128, 127};
    case DType::kUint8: return {0, 255};
    case DType::kInt16: return {-32768, 32767};
    case DType::kUint16: return {0, 65535};
    case DType::kInt32: return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    default: refuse("quantisation to " + std::string(to_string(dtype)));
  }
}

struct Parameters {
  Value *scale, *zero_point;
  Attributes attributes;
};

// Per tensor, by numbers or by tensors; or per channel, with an axis.
Parameters parameters_of(Call& call, DType dtype) {
  Builder& b = call.b;
  Parameters parameters{};
  if (call.has("scales")) {
    parameters.scale = b.cast(call.tensor("scales"), DType::kFloat32);
    Value* zero_points = call.optional_tensor("zero_points");
    parameters.zero_point = zero_points == nullptr ? nullptr : b.cast(zero_points, dtype);
    parameters.attributes["axis"] = call.integer("axis");
    return parameters;
  }
  parameters.scale = call.operand("scale", DType::kFloat32);
  parameters.zero_point = call.operand("zero_point", dtype);
  const auto scalar = [&](Value* value) { return call.is_tensor("scale") ? b.op("Reshape", {value, b.ints({})}) : value; };
  parameters.scale = scalar(parameters.scale);
  parameters.zero_point = scalar(parameters.zero_point);
  return parameters;
}

void quantize(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  call.ignore({"dtype"});
  const auto [lowest, highest] = range_of(dtype);
  const Parameters parameters = parameters_of(call, dtype);
  Value* zero_point = parameters.zero_point == nullptr ? b.number(0, dtype) : parameters.zero_point;
  Value* quantized = b.op("QuantizeLinear", {call.tensor("input"), parameters.scale, zero_point}, parameters.attributes);
  const int64_t low = call.integer("quant_min", lowest), high = call.integer("quant_max", highest);
  if (low > lowest || high < highest)
    quantized = b.op("Clip", {quantized, b.constant_scalar(low, dtype), b.constant_scalar(high, dtype)});
  call.result(quantized);
}

void dequantize(Call& call) {
  Value* input = call.tensor("input");
  call.ignore({"dtype", "quant_min", "quant_max", "out_dtype"});
  const Parameters parameters = parameters_of(call, input->dtype);
  call.result(call.b.op("DequantizeLinear", {input, parameters.scale, parameters.zero_point}, parameters.attributes));
}

constexpr Entry kOps[] = {
    {"quantized_decomposed.quantize_per_tensor", quantize},
    {"quantized_decomposed.quantize_per_channel", quantize},
    {"quantized_decomposed.dequantize_per_tensor", dequantize},
    {"quantized_decomposed.dequantize_per_channel", dequantize},
};

}  // namespace

std::span<const Entry> quantized_ops() { return kOps; }

}  // namespace headrace::aten
