#include "quant/targets/placement.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

bool is_float(const Value* value) { return value != nullptr && value->dtype == DType::kFloat32; }

float clip_bound(const Node& node, size_t input, std::string_view attribute, float otherwise) {
  const Value* value = node.input(input);
  if (value == nullptr) return node.float_attribute(attribute, otherwise);
  if (!value->is_constant() || value->dtype != DType::kFloat32 || value->constant().size() != 1) return NAN;
  return value->constant().as<float>()[0];
}

}  // namespace

bool skipped(const Node& node, const QuantOptions& options) {
  return options.skip_nodes.contains(node.name) || options.skip_ops.contains(node.op_type);
}

std::vector<Use> activation_uses(Node* node) {
  std::vector<Use> uses;
  for (size_t i = 0; i < node->inputs().size(); ++i) {
    const Value* value = node->inputs()[i];
    if (value != nullptr && !value->is_constant() && is_float(value)) uses.push_back({node, static_cast<int>(i)});
  }
  return uses;
}

Node* absorbable_activation(const Value* value, const QuantOptions& options) {
  if (!value->only_read_by_nodes() || value->uses().size() != 1) return nullptr;
  Node* node = value->uses()[0].node;
  if (value->uses()[0].index != 0 || skipped(*node, options)) return nullptr;
  if (node->is("Relu")) return node;
  if (!node->is("Clip")) return nullptr;
  const float low = clip_bound(*node, 1, "min", -INFINITY), high = clip_bound(*node, 2, "max", INFINITY);
  return low <= 0 && high > 0 ? node : nullptr;  // zero inside, and both bounds known (a comparison with NaN is false)
}

bool one_of(std::span<const std::string_view> op_types, const Node& node) {
  return node.domain.empty() && std::find(op_types.begin(), op_types.end(), node.op_type) != op_types.end();
}

Role weighted_role(const Node& node) {
  if (node.outputs().size() != 1 || node.output()->dtype != DType::kFloat32) return Role::kNone;
  if (node.is("Conv") || node.is("Gemm")) return Role::kWeighted;
  if (node.is("MatMul")) return node.input(1) != nullptr && node.input(1)->is_constant() ? Role::kWeighted : Role::kMatMul;
  return Role::kNone;
}

bool nearest_resize(const Node& node) { return node.is("Resize") && node.string_attribute("mode", "nearest") == "nearest"; }

void PlacementBuilder::quantize_use(Use use) { values_[use.node->input(static_cast<size_t>(use.index))].readers.push_back(use); }

void PlacementBuilder::quantize_inputs(Node* node, bool constants) {
  for (size_t i = 0; i < node->inputs().size(); ++i) {
    const Value* value = node->inputs()[i];
    if (is_float(value) && (constants || !value->is_constant())) quantize_use({node, static_cast<int>(i)});
  }
}

Node* PlacementBuilder::take(Node* node, const QuantOptions& options) {
  const Role role = region_.role(node);
  ++placement.integer_nodes;
  quantize_inputs(node, role == Role::kElementwise);
  Node* activation = role == Role::kPassThrough ? nullptr : absorbable_activation(node->output(), options);
  add_layer(node, activation);
  if (activation != nullptr) placement.absorbed.push_back(activation);
  return activation;
}

void PlacementBuilder::add_layer(const Node* node, Node* activation) {
  const WeightedLayer* layer = region_.layer(node);
  if (layer == nullptr) return;
  placement.layers.push_back(*layer);
  placement.layers.back().activation = activation;
  if (activation != nullptr) placement.layers.back().output = activation->output();
}

Placement PlacementBuilder::finish(const Graph& graph, const QuantOptions& options, const RoleOf& role_of) {
  for (const auto& node : graph.nodes())
    if (role_of(*node) == Role::kWeighted && !region_.contains(node.get()))
      placement.kept_float.push_back(
          node->describe() + ": " +
          (skipped(*node, options) ? "skipped as asked" : "its weights are no float32 constant of a form that is quantised"));
  for (const auto& value : graph.values()) {  // the order of values is that of the file; sorted below
    const auto found = values_.find(value.get());
    if (found == values_.end()) continue;
    found->second.value = value.get();
    if (found->second.whole) found->second.readers = value->uses();
    placement.values.push_back(found->second);
  }
  std::map<const Node*, size_t> position{{nullptr, 0}};
  for (size_t i = 0; i < graph.nodes().size(); ++i) position[graph.nodes()[i].get()] = i + 1;
  std::stable_sort(placement.values.begin(), placement.values.end(), [&](const auto& a, const auto& b) {
    return position.at(a.value->producer()) < position.at(b.value->producer());
  });
  const auto whole = [&](const Value* value) {
    const auto found = values_.find(const_cast<Value*>(value));
    return found != values_.end() &&
           (found->second.whole || (value->only_read_by_nodes() && found->second.readers.size() == value->uses().size()));
  };
  std::erase_if(placement.absorbed, [&](const Node* node) { return !whole(node->output()); });
  for (WeightedLayer& layer : placement.layers) {
    if (layer.activation == nullptr || whole(layer.activation->output())) continue;
    layer.activation = nullptr;
    layer.output = layer.node->output();
  }
  return std::move(placement);
}

IntegerRegion::IntegerRegion(const Graph& graph, const QuantOptions& options, const RoleOf& role_of) {
  for (const auto& node : graph.nodes()) {
    if (skipped(*node, options)) continue;
    const Role role = role_of(*node);
    if (role == Role::kMatMul) roles_[node.get()] = role;
    if (role != Role::kWeighted) continue;
    if (auto layer = as_weighted_layer(node.get()); layer && is_float(layer->input)) {
      roles_[node.get()] = role;
      layers_[node.get()] = *layer;
    }
  }
  for (bool changed = true; changed;) {  // grows along the graph; twice round at the most in practice
    changed = false;
    for (const auto& node : graph.nodes()) {
      const Role role = role_of(*node);
      if ((role != Role::kElementwise && role != Role::kPassThrough) || roles_.contains(node.get()) || skipped(*node, options))
        continue;
      if (!activations_are_integer(*node, options)) continue;
      roles_[node.get()] = role;
      changed = true;
    }
  }
}

Role IntegerRegion::role(const Node* node) const {
  const auto found = roles_.find(node);
  return found == roles_.end() ? Role::kNone : found->second;
}

const WeightedLayer* IntegerRegion::layer(const Node* node) const {
  const auto found = layers_.find(node);
  return found == layers_.end() ? nullptr : &found->second;
}

bool IntegerRegion::activations_are_integer(const Node& node, const QuantOptions& options) const {
  const auto uses = activation_uses(const_cast<Node*>(&node));
  if (uses.empty()) return false;
  return std::all_of(uses.begin(), uses.end(), [&](const Use& use) {
    const Value* value = node.input(static_cast<size_t>(use.index));
    const Node* producer = value->producer();
    if (producer != nullptr && (producer->is("Relu") || producer->is("Clip")) &&
        absorbable_activation(producer->input(0), options) == producer)
      producer = producer->input(0)->producer();
    if (producer != nullptr && roles_.contains(producer)) return true;
    return std::any_of(value->uses().begin(), value->uses().end(),
                       [&](const Use& other) { return layers_.contains(other.node); });
  });
}

}  // namespace headrace
