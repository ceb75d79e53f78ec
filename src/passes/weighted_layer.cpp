#include "passes/weighted_layer.h"

#include <algorithm>
#include <cmath>

#include "passes/pattern.h"

namespace headrace::passes {
namespace {

// A bias of shape [], [1], [C], [1, 1] or [1, C], spread over C channels and multiplied by `factor`; none at all is zeros.
std::optional<std::vector<double>> spread_bias(const Value* value, int64_t channels, DType dtype, double factor) {
  const auto count = static_cast<size_t>(channels);
  if (value == nullptr) return std::vector<double>(count, 0.0);
  const Tensor* tensor = constant_of(value);
  if (tensor == nullptr || tensor->dtype() != dtype || (tensor->size() != 1 && tensor->size() != count)) return std::nullopt;
  if (tensor->rank() > 2 || (tensor->rank() == 2 && tensor->dims()[0] != 1)) return std::nullopt;
  std::vector<double> bias = *doubles_of(*tensor);
  bias.resize(count, bias[0]);
  for (double& element : bias) element *= factor;
  return bias;
}

WeightedLayer conv_layer(Node* node, const Dims& w, int64_t weights) {
  return {node, static_cast<int>(w.size()), w[0], {}, weights / w[0], w[0], 1};
}

std::optional<WeightedLayer> conv_transpose_layer(Node* node, const Dims& w, int64_t weights) {
  const int64_t groups = node->int_attribute("group", 1);
  if (groups < 1 || w[0] % groups != 0) return std::nullopt;
  return WeightedLayer{node, static_cast<int>(w.size()), w[1] * groups, {}, weights / (w[0] * w[1]), w[1], w[0] / groups};
}

WeightedLayer gemm_layer(Node* node, const Dims& w) {
  const bool transposed = node->int_attribute("transB", 0) != 0;
  const int64_t channels = w[transposed ? 0 : 1], depth = w[transposed ? 1 : 0];
  if (transposed) return {node, 2, channels, {}, depth, channels, 1};
  return {node, 2, channels, {}, 1, channels, depth};
}

std::optional<WeightedLayer> layout_of(Node* node, const Tensor& weights) {
  const Dims& w = weights.dims();
  const auto count = static_cast<int64_t>(weights.size());
  if (count == 0) return std::nullopt;
  if (node->is("Conv") && w.size() >= 3) return conv_layer(node, w, count);
  if (node->is("ConvTranspose") && w.size() >= 3) return conv_transpose_layer(node, w, count);
  if (node->is("Gemm") && w.size() == 2) return gemm_layer(node, w);
  const auto& a = node->input(0)->shape;
  if (node->is("MatMul") && w.size() == 2 && a && a->size() == 2) return gemm_layer(node, w);
  return std::nullopt;
}

template <typename T>
std::optional<Tensor> scaled(const WeightedLayer& layer, const Tensor& weights, const std::vector<double>& scale) {
  Tensor out = Tensor::allocate(weights.dtype(), weights.dims());
  const auto from = weights.as<T>();
  const auto to = out.as_mutable<T>();
  const auto inner = static_cast<size_t>(layer.inner), period = static_cast<size_t>(layer.period);
  const size_t group = period * static_cast<size_t>(layer.span);
  for (size_t block = 0; block * inner < from.size(); ++block) {
    const double factor = scale[block / group * period + block % period];
    for (size_t i = block * inner; i < (block + 1) * inner; ++i) {
      to[i] = static_cast<T>(static_cast<double>(from[i]) * factor);
      if (!std::isfinite(to[i])) return std::nullopt;
    }
  }
  return out;
}

}  // namespace

std::optional<WeightedLayer> weighted_layer(const Value* output) {
  Node* node = output == nullptr ? nullptr : output->producer();
  if (node == nullptr || only_reader(output) == nullptr || node->inputs().size() < 2) return std::nullopt;
  const Tensor* weights = constant_of(node->input(1));
  if (weights == nullptr || node->input(0) == nullptr || !is_wide_float(weights->dtype())) return std::nullopt;
  auto layer = layout_of(node, *weights);
  if (!layer) return std::nullopt;
  const double beta = node->is("Gemm") ? static_cast<double>(node->float_attribute("beta", 1)) : 1.0;
  auto bias = spread_bias(node->input(2), layer->channels, weights->dtype(), beta);
  if (!bias) return std::nullopt;
  layer->bias = std::move(*bias);
  return layer;
}

bool fold_affine(Graph& graph, const WeightedLayer& layer, const ChannelAffine& affine) {
  Node& node = *layer.node;
  const Tensor& old = node.input(1)->constant();
  std::vector<double> bias(layer.bias.size());
  for (size_t c = 0; c < bias.size(); ++c) bias[c] = layer.bias[c] * affine.scale[c] + affine.shift[c];
  auto weights =
      old.dtype() == DType::kFloat32 ? scaled<float>(layer, old, affine.scale) : scaled<double>(layer, old, affine.scale);
  auto new_bias = rounded(old.dtype(), {layer.channels}, bias);
  if (!weights || !new_bias) return false;

  const std::string prefix = node.name.empty() ? node.output()->name() : node.name;
  const bool has_shift = std::any_of(bias.begin(), bias.end(), [](double b) { return b != 0; });
  replace_constant(graph, node, 1, std::move(*weights), prefix + ".weight");
  if (node.input(2) == nullptr && !has_shift) return true;
  if (node.is("MatMul")) node.op_type = "Gemm";
  if (node.is("Gemm")) node.attributes.erase("beta");
  replace_constant(graph, node, 2, std::move(*new_bias), prefix + ".bias");
  return true;
}

}  // namespace headrace::passes
