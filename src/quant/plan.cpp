#include "quant/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

class QdqWriter {
 public:
  QdqWriter(Model& model, const Target& target) : graph_(*model.graph), target_(target) {}

  void absorb(Node* activation);
  Status write_activation(const QuantizedValue& quantized, const QuantParams& params);
  Status write_layer(const LayerPlan& plan, const QuantParams& input);

 private:
  Value* add_scale(const std::string& name, const std::vector<float>& scales);
  Value* add_zero_point(const std::string& name, DType dtype, int32_t zero_point, size_t count);
  // `zero_point` nullptr: there is none, which counts as 0.
  Value* dequantize(Node* before, Value* quantized, const std::vector<float>& scales, Value* zero_point, int64_t axis,
                    const std::string& name);
  Value* quantized_constant(Node* reader, const Value& value, const QuantParams& params);
  void write_bias(const LayerPlan& plan, const QuantParams& input);

  Graph& graph_;
  const Target& target_;
};

Value* typed(Value* value, DType dtype, const Value& like) {
  value->dtype = dtype;
  value->shape = like.shape;
  return value;
}

template <typename T>
Tensor quantize_tensor(const Tensor& tensor, const QuantParams& params) {
  Tensor out = Tensor::allocate(dtype_of<T>(), tensor.dims());
  const auto from = tensor.as<float>();
  const auto to = out.as_mutable<T>();
  for (size_t i = 0; i < from.size(); ++i) {
    const float level = std::nearbyint(from[i] / params.scale) + static_cast<float>(params.zero_point);
    to[i] = static_cast<T>(
        std::clamp(level, static_cast<float>(std::numeric_limits<T>::min()), static_cast<float>(std::numeric_limits<T>::max())));
  }
  return out;
}

// The layer keeps the name of its activation's output: readers of the float model find the value where they know it.
void QdqWriter::absorb(Node* activation) {
  Value* before = activation->input(0);
  Value* after = activation->output();
  Node* producer = before->producer();
  const auto index = static_cast<size_t>(before->output_index());
  graph_.remove(activation);
  graph_.set_output(producer, index, after);
}

Value* QdqWriter::add_scale(const std::string& name, const std::vector<float>& scales) {
  return graph_.add_constant(name + "_scale", scales.size() == 1
                                                  ? Tensor::scalar(scales[0])
                                                  : Tensor::from(Dims{static_cast<int64_t>(scales.size())}, scales));
}

Value* QdqWriter::add_zero_point(const std::string& name, DType dtype, int32_t zero_point, size_t count) {
  Tensor tensor = Tensor::allocate(dtype, count == 1 ? Dims{} : Dims{static_cast<int64_t>(count)});
  if (dtype == DType::kUint8) std::fill_n(tensor.as_mutable<uint8_t>().begin(), count, static_cast<uint8_t>(zero_point));
  else std::fill_n(tensor.as_mutable<int8_t>().begin(), count, static_cast<int8_t>(zero_point));
  return graph_.add_constant(name + "_zero_point", std::move(tensor));
}

Value* QdqWriter::dequantize(Node* before, Value* quantized, const std::vector<float>& scales, Value* zero_point, int64_t axis,
                             const std::string& name) {
  Value* output = typed(graph_.add_value(graph_.unique_name(name + "_dequantized")), DType::kFloat32, *quantized);
  std::vector<Value*> inputs{quantized, add_scale(name, scales)};
  if (zero_point != nullptr) inputs.push_back(zero_point);
  Node* node = graph_.insert_before(before, "DequantizeLinear", std::move(inputs), {output});
  node->name = output->name();
  if (scales.size() > 1) node->attributes["axis"] = axis;
  return output;
}

Value* QdqWriter::quantized_constant(Node* reader, const Value& value, const QuantParams& params) {
  Tensor tensor = params.dtype == DType::kUint8 ? quantize_tensor<uint8_t>(value.constant(), params)
                                                : quantize_tensor<int8_t>(value.constant(), params);
  Value* quantized = graph_.add_constant(value.name() + "_quantized", std::move(tensor));
  return dequantize(reader, quantized, {params.scale}, add_zero_point(value.name(), params.dtype, params.zero_point, 1), 0,
                    value.name());
}

Status QdqWriter::write_activation(const QuantizedValue& placed, const QuantParams& params) {
  Value* value = placed.value;
  const std::vector<Use> readers = placed.whole ? value->uses() : placed.readers;
  if (value->is_constant()) {
    for (const Use& use : readers)
      graph_.set_input(use.node, static_cast<size_t>(use.index), quantized_constant(use.node, *value, params));
    return Ok{};
  }
  const std::string name = value->name();
  Value* source = value;  // what the pair quantises
  if (placed.whole && !value->only_read_by_nodes()) {
    if (value->producer() == nullptr || value->pinned())
      return unsupported("cannot quantise '" + name + "': a subgraph reads it by name");
    source = typed(graph_.add_value(graph_.unique_name(name + "_float")), DType::kFloat32, *value);
    Node* producer = value->producer();
    graph_.set_output(producer, static_cast<size_t>(value->output_index()), source);
  }
  Value* quantized = typed(graph_.add_value(graph_.unique_name(name + "_quantized")), params.dtype, *value);
  Value* scale = add_scale(name, {params.scale});
  Value* zero_point = add_zero_point(name, params.dtype, params.zero_point, 1);
  Value* result =
      source == value ? typed(graph_.add_value(graph_.unique_name(name + "_dequantized")), DType::kFloat32, *value) : value;
  Node* quantize =
      source->producer() == nullptr
          ? graph_.insert_before(graph_.nodes().front().get(), "QuantizeLinear", {source, scale, zero_point}, {quantized})
          : graph_.insert_after(source->producer(), "QuantizeLinear", {source, scale, zero_point}, {quantized});
  Node* dequantize = graph_.insert_after(quantize, "DequantizeLinear", {quantized, scale, zero_point}, {result});
  quantize->name = quantized->name();
  dequantize->name = name + "_dequantized";
  if (result != value)
    for (const Use& use : readers) graph_.set_input(use.node, static_cast<size_t>(use.index), result);
  return Ok{};
}

void QdqWriter::write_bias(const LayerPlan& plan, const QuantParams& input) {
  const WeightedLayer& layer = plan.layer;
  const bool zero = std::all_of(plan.bias.begin(), plan.bias.end(), [](float b) { return b == 0; });
  if ((layer.bias == nullptr && zero) || layer.node->is("MatMul")) return;
  const std::string name = layer.bias != nullptr ? layer.bias->name() : layer.weight->name() + "_bias";
  const auto count = static_cast<int64_t>(plan.bias.size());
  if (!target_.bias_as_int32) {
    graph_.set_input(layer.node, 2, graph_.add_constant(name, Tensor::from(Dims{count}, plan.bias)));
    return;
  }
  std::vector<float> scales(plan.scales.size());
  for (size_t i = 0; i < scales.size(); ++i) scales[i] = input.scale * plan.scales[i];
  std::vector<int32_t> levels(plan.bias.size());
  for (size_t i = 0; i < levels.size(); ++i) {
    const double level =
        std::nearbyint(static_cast<double>(plan.bias[i]) / static_cast<double>(scales[scales.size() == 1 ? 0 : i]));
    levels[i] = static_cast<int32_t>(std::clamp(level, -2147483647.0, 2147483647.0));
  }
  Value* quantized = graph_.add_constant(name + "_quantized", Tensor::from(Dims{count}, levels));
  graph_.set_input(layer.node, 2, dequantize(layer.node, quantized, scales, nullptr, 0, name));
}

Status QdqWriter::write_layer(const LayerPlan& plan, const QuantParams& input) {
  const WeightedLayer& layer = plan.layer;
  const std::string name = layer.weight->name();
  Value* quantized = graph_.add_constant(name + "_quantized", from_rows(layer, plan.form, plan.weights));
  Value* zero_point = add_zero_point(name, DType::kInt8, 0, plan.scales.size());
  graph_.set_input(layer.node, 1, dequantize(layer.node, quantized, plan.scales, zero_point, layer.channel_axis(), name));
  write_bias(plan, input);
  return Ok{};
}

}  // namespace

Status write_qdq(Model& model, const Target& target, const Placement& placement, const QuantPlan& plan) {
  QdqWriter writer(model, target);
  for (const LayerPlan& layer : plan.layers) {
    const auto input = plan.activations.find(layer.layer.input);
    if (input == plan.activations.end()) return internal_error(layer.layer.node->describe() + " has no quantised input");
    HEADRACE_CHECK(writer.write_layer(layer, input->second));
  }
  for (Node* activation : placement.absorbed) writer.absorb(activation);
  for (const QuantizedValue& value : placement.values) {
    const auto params = plan.activations.find(value.value);
    if (params == plan.activations.end()) return internal_error("'" + value.value->name() + "' has no scale");
    HEADRACE_CHECK(writer.write_activation(value, params->second));
  }
  model.graph->remove_unused_values();
  if (const Node* cyclic = model.graph->sort()) return internal_error("the quantised graph has a cycle at " + cyclic->describe());
  return Ok{};
}

}  // namespace headrace
