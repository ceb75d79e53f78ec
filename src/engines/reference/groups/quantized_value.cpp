#include "engines/reference/groups/quantized_value.h"

#include <algorithm>
#include <cmath>

namespace headrace::reference {
namespace {

bool eight_bits(DType dtype) { return dtype == DType::kUint8 || dtype == DType::kInt8; }

// The constant scale and zero point of a (De)QuantizeLinear; nullopt where they are computed, blocked or of another type.
std::optional<Quantization> constant_quantization(const Node& node, DType dtype) {
  const Value *scale = node.input(1), *zero = node.input(2);
  if (scale == nullptr || !scale->is_constant() || (zero != nullptr && !zero->is_constant())) return std::nullopt;
  if (node.int_attribute("block_size", 0) != 0) return std::nullopt;
  auto found = quantization_from(scale->constant(), zero != nullptr ? zero->constant() : Tensor(), dtype);
  if (!found || found->scales.empty()) return std::nullopt;
  return *std::move(found);
}

struct Bounds {
  float low = -INFINITY, high = INFINITY;
};

// What a Relu or Clip clamps to; nullopt for other nodes and bounds that are computed.
std::optional<Bounds> bounds_of(const Node* node) {
  if (node == nullptr) return std::nullopt;
  if (node->is("Relu")) return Bounds{0, INFINITY};
  if (!node->is("Clip")) return std::nullopt;
  Bounds bounds{node->float_attribute("min", -INFINITY), node->float_attribute("max", INFINITY)};
  for (const auto& [index, bound] : {std::pair{1, &bounds.low}, std::pair{2, &bounds.high}}) {
    const Value* value = node->input(static_cast<size_t>(index));
    if (value == nullptr) continue;
    const auto constant = scalar_constant(value);
    if (!constant) return std::nullopt;
    *bound = *constant;
  }
  return bounds;
}

}  // namespace

std::optional<float> scalar_constant(const Value* value) {
  if (value == nullptr || !value->is_constant() || value->dtype != DType::kFloat32 || value->constant().size() != 1)
    return std::nullopt;
  return value->constant().as<float>()[0];
}

std::optional<QuantizedValue> dequantized(const Value* value) {
  const Node* node = value != nullptr ? value->producer() : nullptr;
  if (node == nullptr || !node->is("DequantizeLinear") || node->input(0) == nullptr) return std::nullopt;
  auto quantization = constant_quantization(*node, node->input(0)->dtype);
  if (!quantization) return std::nullopt;
  return QuantizedValue{node->input(0), *std::move(quantization), node->int_attribute("axis", 1)};
}

std::optional<QuantizedValue> dequantized_activation(const Value* value) {
  auto found = dequantized(value);
  if (!found || !found->quantization.per_tensor() || !eight_bits(found->quantization.dtype)) return std::nullopt;
  return found;
}

std::optional<Target> target_of(const Node& quantize) {
  if (!quantize.is("QuantizeLinear") || quantize.input(0) == nullptr || quantize.input(0)->dtype != DType::kFloat32)
    return std::nullopt;
  auto quantization =
      constant_quantization(quantize, quantize.output() != nullptr ? quantize.output()->dtype : DType::kUndefined);
  if (!quantization || !quantization->per_tensor() || !eight_bits(quantization->dtype)) return std::nullopt;
  return Target{quantize.input(0), *quantization, range_of(quantization->dtype)};
}

Target absorb_bounds(Target target) {
  const Node* node = target.source->producer();
  const auto bounds = bounds_of(node);
  if (!bounds) return target;
  const int32_t low = target.code(bounds->low / target.quantization.scale());
  const int32_t high = target.code(bounds->high / target.quantization.scale());
  target.source = node->input(0);
  target.range = {std::min(low, high), high};
  return target;
}

}  // namespace headrace::reference
