#include "measure/layer_pairs.h"

namespace headrace {
namespace {

// The value as its consumers see it: after Q/DQ where there is one.
Value* after_rounding(Value* value) {
  for (const Use& use : value->uses()) {
    if (use.index != 0 || !use.node->is("QuantizeLinear")) continue;
    for (const Use& next : use.node->output()->uses())
      if (next.index == 0 && next.node->is("DequantizeLinear")) return next.node->output();
  }
  return value;
}

// The Relu or Clip that alone reads `value`; nullptr when something else does.
const Node* only_activation(const Value& value) {
  if (value.uses().size() != 1 || !value.only_read_by_nodes()) return nullptr;
  const Node* node = value.uses().front().node;
  return node->is("Relu") || node->is("Clip") ? node : nullptr;
}

bool computed_float(const Value* value) {
  return value != nullptr && value->producer() != nullptr && value->dtype == DType::kFloat32;
}

// What depends on no input of the graph (weights that a QDQ model dequantises, say) is no layer.
bool reads_only_constants(const Node& node) {
  for (const Value* input : node.inputs())
    if (input != nullptr && !input->is_constant()) return false;
  return true;
}

}  // namespace

std::vector<LayerPair> pair_layers(const Model& float_model, const Model& quantized_model) {
  std::vector<LayerPair> pairs;
  const Graph& quantized = *quantized_model.graph;
  for (const auto& node : float_model.graph->nodes()) {
    if (reads_only_constants(*node)) continue;
    for (Value* value : node->outputs()) {
      if (!computed_float(value)) continue;
      Value* same_name = quantized.find(value->name());
      if (!computed_float(same_name)) continue;
      Value* rounded = after_rounding(same_name);
      const Node* activation = rounded == same_name ? nullptr : only_activation(*value);
      if (activation != nullptr && quantized.find(activation->output()->name()) == nullptr) {
        pairs.push_back({activation, activation->output(), rounded});
      } else {
        pairs.push_back({node.get(), value, rounded});
      }
    }
  }
  return pairs;
}

}  // namespace headrace
