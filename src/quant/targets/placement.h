// What the targets' placement rules share: which nodes run in integer, which values that quantises.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "quant/targets/target.h"

namespace headrace {

// How a node takes part in integer execution.
enum class Role {
  kNone,         // stays in float
  kWeighted,     // Conv, Gemm, MatMul with constant weights
  kMatMul,       // of two activations
  kElementwise,  // integer when its inputs are: Add, Mul, pools, Concat
  kPassThrough,  // moves values without changing them: output and input share scale and zero point
};

using RoleOf = std::function<Role(const Node& node)>;

// Decides for every node whether it runs in integer: weighted layers do; the others when all their activations come from integer
// nodes or are read by weighted ones anyway.
class IntegerRegion {
 public:
  IntegerRegion(const Graph& graph, const QuantOptions& options, const RoleOf& role_of);
  bool contains(const Node* node) const { return roles_.contains(node); }
  Role role(const Node* node) const;
  const WeightedLayer* layer(const Node* node) const;
  const std::map<const Node*, WeightedLayer>& layers() const { return layers_; }

 private:
  bool activations_are_integer(const Node& node, const QuantOptions& options) const;
  std::map<const Node*, Role> roles_;
  std::map<const Node*, WeightedLayer> layers_;
};

// Gathers a Placement while a target walks the graph.
class PlacementBuilder {
 public:
  explicit PlacementBuilder(const IntegerRegion& region) : region_(region) {}
  // The inputs of an integer node, its float constants included where `constants`, are read dequantised.
  void quantize_inputs(Node* node, bool constants);
  void quantize_use(Use use);
  // Every reader of `value` reads it dequantised.
  void quantize_whole(Value* value) { values_[value].whole = true; }
  // Lets an integer node read its inputs dequantised and notes its layer, if it is one. Returns the activation that its output's
  // range can absorb, or nullptr.
  Node* take(Node* node, const QuantOptions& options);
  // Adds the weighted layer that `node` is, if it is one.
  void add_layer(const Node* node, Node* activation);
  // Notes weighted ops that stay in float, orders the values, and drops absorbed activations whose output is not quantised for
  // all readers.
  Placement finish(const Graph& graph, const QuantOptions& options, const RoleOf& role_of);

  Placement placement;

 private:
  const IntegerRegion& region_;
  std::map<Value*, QuantizedValue> values_;
};

// Whether the user asked to keep this node in float.
bool skipped(const Node& node, const QuantOptions& options);

// The Relu or Clip that alone reads `value` and whose effect an unsigned quantised range has by itself; nullptr where there is
// none or the user keeps it in float.
Node* absorbable_activation(const Value* value, const QuantOptions& options);

// Inputs of a node that are float activations: not constants, not left out.
std::vector<Use> activation_uses(Node* node);

// The role of Conv, Gemm and MatMul with a float32 result, which is the same for all targets.
Role weighted_role(const Node& node);
bool one_of(std::span<const std::string_view> op_types, const Node& node);
// A Resize that only copies values.
bool nearest_resize(const Node& node);

}  // namespace headrace
