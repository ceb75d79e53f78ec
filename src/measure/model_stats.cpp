#include "measure/model_stats.h"

#include <algorithm>

#include "engines/evaluate.h"
#include "measure/op_class.h"
#include "passes/pass.h"
#include "readers/onnx/file_size.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

// The extents of a value: those that the caller of the model chooses (the leading one, and those with a name) as 1; nullopt where
// another is not known.
std::optional<Dims> extents(const Value* value) {
  if (value == nullptr || !value->shape) return std::nullopt;
  Dims dims;
  for (const Dim& dim : *value->shape) {
    if (!dim.known() && dim.symbol.empty() && !dims.empty()) return std::nullopt;
    dims.push_back(dim.known() ? dim.extent : 1);
  }
  return dims;
}

int64_t product(const Dims& dims, size_t first = 0) {
  int64_t result = 1;
  for (size_t i = first; i < dims.size(); ++i)
    if (__builtin_mul_overflow(result, dims[i], &result)) return -1;
  return result;
}

int64_t times(int64_t a, int64_t b) {
  int64_t result = 0;
  return a < 0 || b < 0 || __builtin_mul_overflow(a, b, &result) ? -1 : result;
}

// The extent over which a matrix product sums: the data's last, or the one before when it is transposed.
int64_t inner_extent(const Node& node, const Dims& data) {
  const bool transposed = node.int_attribute("transA", 0) != 0;
  const size_t back = transposed ? 2 : 1;
  return data.size() >= back ? data[data.size() - back] : -1;
}

int64_t parameters_of(const Node& node, const Product& where) {
  int64_t count = 0;
  for (const size_t index : {where.weight, where.bias}) {
    const Value* value = node.input(index);
    // Through DequantizeLinear, and the Transpose or Reshape that exporters put before a product.
    while (value != nullptr && value->producer() != nullptr) value = value->producer()->input(0);
    if (value != nullptr && value->is_constant()) count += static_cast<int64_t>(value->constant().size());
  }
  return count;
}

bool dequantized(const Value* value) {
  while (value != nullptr && value->producer() != nullptr) {
    const Node& node = *value->producer();
    if (node.is("DequantizeLinear")) return true;
    if (!node.is("Transpose") && !node.is("Reshape") && !node.is("Flatten")) return false;
    value = node.input(0);
  }
  return false;
}

LayerStats layer_of(const Node& node, const Product& where) {
  const Value* output = node.output();
  LayerStats layer;
  layer.node = node.name;
  layer.op_type = full_op_name(node);
  layer.output = output != nullptr ? output->name() : "";
  layer.shape = output != nullptr && output->shape ? to_string(*output->shape) : "?";
  layer.parameters = parameters_of(node, where);
  layer.quantized = is_integer_op(node) || (dequantized(node.input(where.data)) && dequantized(node.input(where.weight)));
  layer.macs = std::max<int64_t>(count_macs(node), 0);
  return layer;
}

// Scales and zero points of Q/DQ and of integer ops, and integer constants that steer ops (shapes, axes), are no parameters.
bool is_parameter(const Value& value) {
  if (!value.is_constant() || value.uses().empty()) return false;
  const DType dtype = value.dtype;
  if (dtype == DType::kInt64 || dtype == DType::kBool || dtype == DType::kString) return false;
  return std::any_of(value.uses().begin(), value.uses().end(), [](const Use& use) {
    const auto index = static_cast<size_t>(use.index);
    if (use.node->is("QuantizeLinear") || use.node->is("DequantizeLinear")) return index == 0;
    const auto where = product_of(*use.node);
    return !where || !is_integer_op(*use.node) || index == where->weight || index == where->bias;
  });
}

Signature signature_of(const Graph& graph) {
  const auto spec = [](const Value* value) { return TensorSpec{value->name(), value->dtype, value->shape.value_or(Shape{})}; };
  Signature signature;
  for (const Value* input : graph.inputs()) signature.inputs.push_back(spec(input));
  for (const Value* output : graph.outputs()) signature.outputs.push_back(spec(output));
  return signature;
}

void add_layers(const Graph& graph, ModelStats& stats) {
  int64_t quantized = 0;
  for (const auto& node : graph.nodes()) {
    ++stats.op_counts[full_op_name(*node)];
    const auto where = product_of(*node);
    if (!where) continue;
    stats.layers.push_back(layer_of(*node, *where));
    const LayerStats& layer = stats.layers.back();
    if (count_macs(*node) < 0) ++stats.macs_unknown;
    stats.macs += layer.macs;
    if (layer.quantized) quantized += layer.macs;
  }
  if (stats.macs > 0) stats.quantized_share = static_cast<double>(quantized) / static_cast<double>(stats.macs);
}

// Exporters leave code that computes pads and sizes, behind which inference sees no shapes. Folded, it tells them. Passes that
// change layers stay off. Where it does not help, the figures stay as they are.
void reveal_layers(const Model& model, ModelStats& stats) {
  PassOptions options;
  options.disabled = {"fold_pad", "fold_batch_norm", "lower_batch_norm", "fold_scale_shift", "group_activation"};
  Model folded = clone(model);
  if (!run_passes(folded, {constant_evaluator()}, options)) return;
  ModelStats revealed;
  add_layers(*folded.graph, revealed);
  if (revealed.macs_unknown >= stats.macs_unknown) return;
  stats.layers = std::move(revealed.layers);
  stats.macs = revealed.macs;
  stats.macs_unknown = revealed.macs_unknown;
  stats.quantized_share = revealed.quantized_share;
}

}  // namespace

int64_t count_macs(const Node& node) {
  const auto where = product_of(node);
  if (!where) return 0;
  const auto data = extents(node.input(where->data)), weight = extents(node.input(where->weight)),
             output = extents(node.output());
  switch (where->kind) {
    case ProductKind::kConv:  // each output element sums over the weight's [C/group, kernel...]
      if (!output || !weight || weight->size() < 2) return -1;
      return times(product(*output), product(*weight, 1));
    case ProductKind::kConvTranspose:  // each input element is spread over the weight's [M/group, kernel...]
      if (!data || !weight || weight->size() < 2) return -1;
      return times(product(*data), product(*weight, 1));
    case ProductKind::kGemm:
    case ProductKind::kMatMul:
      if (!data || !output) return -1;
      return times(product(*output), inner_extent(node, *data));
  }
  return -1;
}

ModelStats model_stats(const Model& model) {
  const Graph& graph = *model.graph;
  ModelStats stats;
  stats.signature = signature_of(graph);
  stats.ir_version = model.ir_version;
  stats.opsets = model.opsets;
  stats.producer = model.producer_name + (model.producer_version.empty() ? "" : " " + model.producer_version);
  stats.nodes = static_cast<int64_t>(graph.nodes().size());
  for (const auto& value : graph.values()) {
    if (!is_parameter(*value)) continue;
    stats.parameters += static_cast<int64_t>(value->constant().size());
    stats.parameter_bytes += static_cast<int64_t>(value->constant().byte_size());
  }
  add_layers(graph, stats);
  return stats;
}

Result<ModelStats> model_stats(const std::filesystem::path& path) {
  HEADRACE_TRY(const Model model, read_onnx(path));
  ModelStats stats = model_stats(model);
  if (stats.macs_unknown > 0) reveal_layers(model, stats);
  HEADRACE_TRY(stats.file_bytes, onnx_file_size(path));
  return stats;
}

}  // namespace headrace
