// Rule 1: Conv, Gemm and MatMul on codes.
#include <cmath>
#include <memory>

#include "engines/reference/groups/groups.h"
#include "engines/reference/groups/layer_sums.h"
#include "engines/reference/groups/quantized_value.h"

namespace headrace::reference {
namespace {

struct IntegerLayer {
  const Node* node = nullptr;
  QuantizedValue input;
  LayerWeights weights;
  std::vector<float> weight_scales;  // one, or one per output channel
  std::vector<float> sum_scales;     // sx * sw: what one unit of the sum is worth
  const Value* float_bias = nullptr;

  float sum_scale(size_t channel) const { return sum_scales[sum_scales.size() == 1 ? 0 : channel]; }
};

// Where the output channels are in a weight tensor; -1 for a tensor of another rank.
int channel_axis(const Node& node, int rank) {
  if (node.is("Conv")) return rank >= 3 ? 0 : -1;
  if (rank != 2) return -1;
  return node.is("Gemm") && node.int_attribute("transB", 0) != 0 ? 0 : 1;
}

bool plain_product(const Node& node) {
  return !node.is("Gemm") || (node.float_attribute("alpha", 1) == 1 && node.float_attribute("beta", 1) == 1);
}

// Weights minus their zero points.
std::vector<int32_t> centred_weights(const Tensor& codes, const Quantization& quantization, size_t axis) {
  std::vector<int32_t> values = codes_of(codes);
  const size_t inner = static_cast<size_t>(product(codes.dims(), axis + 1)), channels = quantization.zeros.size();
  for (size_t i = 0; i < values.size(); ++i) values[i] -= quantization.zeros[i / inner % channels];
  return values;
}

bool set_weights(IntegerLayer& layer) {
  const auto found = dequantized(layer.node->input(1));
  if (!found || !found->codes->is_constant() || bits_of(found->quantization.dtype) != 8) return false;
  const Tensor& codes = found->codes->constant();
  const int axis = channel_axis(*layer.node, codes.rank());
  if (axis < 0 || codes.size() == 0) return false;
  layer.weights.dims = codes.dims();
  layer.weights.channels = codes.dims()[static_cast<size_t>(axis)];
  if (!found->quantization.per_tensor() && ((found->axis < 0 ? found->axis + codes.rank() : found->axis) != axis ||
                                            static_cast<int64_t>(found->quantization.scales.size()) != layer.weights.channels))
    return false;
  layer.weights.values = centred_weights(codes, found->quantization, static_cast<size_t>(axis));
  layer.weight_scales = found->quantization.scales;
  for (const float scale : layer.weight_scales) layer.sum_scales.push_back(layer.input.quantization.scale() * scale);
  return true;
}

// Whether a bias' scales are those of the sums, up to how they were rounded.
bool same_scales(const std::vector<float>& bias, const IntegerLayer& layer) {
  const auto channels = static_cast<size_t>(layer.weights.channels);
  if (bias.size() != 1 && bias.size() != channels) return false;
  for (size_t c = 0; c < channels; ++c)
    if (std::fabs(bias[bias.size() == 1 ? 0 : c] - layer.sum_scale(c)) > 1e-5f * layer.sum_scale(c)) return false;
  return true;
}

// int32 codes in the sums' own scale are added to the sums; any other bias is added in float32, after them. False where the bias
// has another shape than one value per channel.
bool set_bias(IntegerLayer& layer) {
  const Value* bias = layer.node->input(2);
  if (bias == nullptr || layer.node->is("MatMul")) return true;
  const auto found = dequantized(bias);
  const bool integer = found && found->codes->is_constant() && found->quantization.dtype == DType::kInt32 &&
                       found->quantization.zeros == std::vector<int32_t>(found->quantization.scales.size(), 0) &&
                       found->codes->constant().dims() == Dims{layer.weights.channels} &&
                       same_scales(found->quantization.scales, layer);
  if (integer) {
    layer.weights.bias = codes_of(found->codes->constant());
    return true;
  }
  layer.float_bias = bias;
  return bias->dtype == DType::kFloat32 && bias->shape && known_dims(*bias->shape) == Dims{layer.weights.channels};
}

std::optional<IntegerLayer> layer_at(const Node* node) {
  if (node == nullptr || !(node->is("Conv") || node->is("Gemm") || node->is("MatMul")) || !plain_product(*node))
    return std::nullopt;
  const auto input = dequantized_activation(node->input(0));
  if (!input) return std::nullopt;
  IntegerLayer layer{node, *input, {}, {}, {}, nullptr};
  if (!set_weights(layer) || !set_bias(layer)) return std::nullopt;
  return layer;
}

Result<Sums> sums_of(const IntegerLayer& layer, const Tensor& codes, int threads) {
  return layer_sums(*layer.node, layer.weights, codes.dims(), centred_codes(codes, layer.input.quantization.zero()), threads);
}

Result<Tensors> run_to_codes(const IntegerLayer& layer, const Target& target, const Tensor& codes, int threads) {
  HEADRACE_TRY(const Sums sums, sums_of(layer, codes, threads));
  std::vector<float> multipliers;
  for (const float scale : layer.sum_scales) multipliers.push_back(scale / target.quantization.scale());
  std::vector<int32_t> out(sums.values.size());
  for (size_t i = 0; i < out.size(); ++i) {
    const float multiplier = multipliers[multipliers.size() == 1 ? 0 : sums.channel(i)];
    out[i] = target.code(static_cast<float>(sums.values[i]) * multiplier);
  }
  return Tensors{tensor_of_codes(target.quantization.dtype, sums.dims, out)};
}

Result<Tensors> run_to_floats(const IntegerLayer& layer, std::span<const Tensor> inputs, int threads) {
  HEADRACE_TRY(const Sums sums, sums_of(layer, inputs[0], threads));
  Tensor y = Tensor::allocate(DType::kFloat32, sums.dims);
  auto to = y.as_mutable<float>();
  for (size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<float>(sums.values[i]) * layer.sum_scale(sums.channel(i));
    if (layer.float_bias != nullptr) to[i] += inputs[1].as<float>()[sums.channel(i)];
  }
  return Tensors{std::move(y)};
}

Step step_to_codes(const Node& quantize, IntegerLayer layer, Target target) {
  Step step{&quantize, {layer.input.codes}, nullptr};
  step.run = [layer = std::make_shared<const IntegerLayer>(std::move(layer)), target](
                 std::span<const Tensor> inputs, int threads) { return run_to_codes(*layer, target, inputs[0], threads); };
  return step;
}

Step step_to_floats(IntegerLayer layer) {
  Step step{layer.node, {layer.input.codes}, nullptr};
  if (layer.float_bias != nullptr) step.inputs.push_back(layer.float_bias);
  step.run = [layer = std::make_shared<const IntegerLayer>(std::move(layer))](std::span<const Tensor> inputs, int threads) {
    return run_to_floats(*layer, inputs, threads);
  };
  return step;
}

}  // namespace

std::optional<Step> integer_layer(const Node& last) {
  if (auto layer = layer_at(&last)) return step_to_floats(*std::move(layer));
  auto target = target_of(last);
  if (!target) return std::nullopt;
  target = absorb_bounds(*target);
  auto layer = layer_at(target->source->producer());
  if (!layer || layer->float_bias != nullptr) return std::nullopt;
  return step_to_codes(last, *std::move(layer), *target);
}

}  // namespace headrace::reference
