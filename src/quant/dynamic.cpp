#include "quant/dynamic.h"

#include <map>

#include "quant/algorithms/pair_rule.h"
#include "quant/algorithms/quantize_weights.h"
#include "quant/layer.h"
#include "quant/targets/placement.h"

namespace headrace {
namespace {

// The three results of DynamicQuantizeLinear over one activation.
struct DynamicInput {
  Value* quantized;
  Value* scale;
  Value* zero_point;
};

class DynamicWriter {
 public:
  explicit DynamicWriter(Graph& graph) : graph_(graph) {}

  LayerPlan rewrite(const WeightedLayer& layer, const QuantOptions& options);

 private:
  Value* value(const std::string& hint, DType dtype, std::optional<Shape> shape) {
    Value* made = graph_.add_value(graph_.unique_name(hint));
    made->dtype = dtype;
    made->shape = std::move(shape);
    return made;
  }
  DynamicInput input_of(const WeightedLayer& layer);
  Value* scales_constant(const LayerPlan& plan);

  Graph& graph_;
  std::map<const Value*, DynamicInput> inputs_;
};

DynamicInput DynamicWriter::input_of(const WeightedLayer& layer) {
  if (const auto found = inputs_.find(layer.input); found != inputs_.end()) return found->second;
  const std::string& name = layer.input->name();
  const DynamicInput made{value(name + "_quantized", DType::kUint8, layer.input->shape),
                          value(name + "_scale", DType::kFloat32, Shape{}), value(name + "_zero_point", DType::kUint8, Shape{})};
  graph_.insert_before(layer.node, "DynamicQuantizeLinear", {layer.input}, {made.quantized, made.scale, made.zero_point})->name =
      made.quantized->name();
  return inputs_[layer.input] = made;
}

// One value per output channel, shaped so that it broadcasts over the layer's output.
Dims channel_dims(const LayerPlan& plan, size_t channels) {
  const auto count = static_cast<int64_t>(channels);
  if (!plan.layer.is_conv()) return {count};
  Dims dims(plan.layer.weight->constant().dims().size(), 1);
  dims[1] = count;
  return dims;
}

Value* DynamicWriter::scales_constant(const LayerPlan& plan) {
  return graph_.add_constant(plan.layer.weight->name() + "_scale",
                             plan.scales.size() == 1 ? Tensor::scalar(plan.scales[0])
                                                     : Tensor::from(channel_dims(plan, plan.scales.size()), plan.scales));
}

// Stored [K, N] for MatMulInteger, as it is for ConvInteger.
Tensor integer_weights(const LayerPlan& plan) {
  if (plan.layer.is_conv()) return from_rows(plan.layer, plan.form, plan.weights);
  Tensor tensor = Tensor::allocate(DType::kInt8, {plan.form.columns, plan.form.rows});
  const auto to = tensor.as_mutable<int8_t>();
  for (int64_t r = 0; r < plan.form.rows; ++r)
    for (int64_t k = 0; k < plan.form.columns; ++k)
      to[static_cast<size_t>(k * plan.form.rows + r)] = plan.weights[static_cast<size_t>(r * plan.form.columns + k)];
  return tensor;
}

LayerPlan DynamicWriter::rewrite(const WeightedLayer& layer, const QuantOptions& options) {
  const bool per_channel = options.per_channel && !layer.is_conv();  // the fused ConvInteger takes one scale
  const LayerPlan plan = quantize_weights(layer, 1.0f, {per_channel, options.saturation_proof});
  const DynamicInput input = input_of(layer);
  const std::string& name = layer.output->name();
  const auto shape = layer.output->shape;
  Node* node = layer.node;

  Value* weights = graph_.add_constant(layer.weight->name() + "_quantized", integer_weights(plan));
  Value* weight_zero = graph_.add_constant(layer.weight->name() + "_zero_point", Tensor::scalar<int8_t>(0));
  Value* product = value(name + "_int32", DType::kInt32, shape);
  Node* integer = graph_.insert_before(node, layer.is_conv() ? "ConvInteger" : "MatMulInteger",
                                       {input.quantized, weights, input.zero_point, weight_zero}, {product});
  integer->name = product->name();
  if (layer.is_conv()) integer->attributes = node->attributes;

  Value* real = value(name + "_cast", DType::kFloat32, shape);
  graph_.insert_before(node, "Cast", {product}, {real})->attributes["to"] = static_cast<int64_t>(DType::kFloat32);
  Value* scale = value(name + "_scale", DType::kFloat32, std::nullopt);
  graph_.insert_before(node, "Mul", {input.scale, scales_constant(plan)}, {scale});
  Value* output = node->output();
  graph_.set_output(node, 0, value(name + "_float", DType::kFloat32, shape));  // frees the output for its new producer
  Value* scaled = layer.bias == nullptr ? output : value(name + "_scaled", DType::kFloat32, shape);
  graph_.insert_before(node, "Mul", {real, scale}, {scaled})->name = name + "_scale_by";
  if (layer.bias != nullptr) {
    Value* bias = graph_.add_constant(layer.bias->name() + "_dynamic",
                                      layer.bias->constant().reshaped(channel_dims(plan, plan.bias.size())));
    graph_.insert_before(node, "Add", {scaled, bias}, {output})->name = name + "_bias";
  }
  graph_.remove(node);
  return plan;
}

bool worth_it(const Node& node) {
  return node.is("MatMul") || node.is("Gemm") || (node.is("Conv") && node.int_attribute("group", 1) == 1);
}

}  // namespace

Result<Quantized> quantize_dynamic(const Model& model, const QuantOptions& options) {
  Quantized result{clone(model), {}};
  Graph& graph = *result.model.graph;
  std::vector<WeightedLayer> layers;
  for (const auto& node : graph.nodes()) {
    if (skipped(*node, options) || !worth_it(*node)) continue;
    if (auto layer = as_weighted_layer(node.get()); layer && layer->input->dtype == DType::kFloat32) layers.push_back(*layer);
  }
  if (layers.empty())
    return unsupported("there is nothing to quantise dynamically: no MatMul, Gemm or Conv with constant float32 weights");
  DynamicWriter writer(graph);
  for (const WeightedLayer& layer : layers) {
    const char* integer_op = layer.is_conv() ? "ConvInteger" : "MatMulInteger";  // asked before the node is replaced
    const LayerPlan plan = writer.rewrite(layer, options);
    result.report.layers.push_back({layer.output->name(), integer_op, 1, weight_sqnr_db(plan)});
    ++result.report.quantized_nodes;
  }
  graph.remove_unused_values();
  if (graph.sort() != nullptr) return internal_error("the quantised graph has a cycle");
  return result;
}

}  // namespace headrace
