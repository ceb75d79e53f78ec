// TensorRT: symmetric int8 with zero points 0 at the inputs of weighted ops, float biases, and a pair on the residual input of
// Add, so that Conv and Add fuse.
#include "quant/targets/placement.h"

namespace headrace {
namespace {

Role role_of(const Node& node) {
  if (const Role role = weighted_role(node); role != Role::kNone) return role;
  if (node.outputs().size() != 1 || node.output()->dtype != DType::kFloat32) return Role::kNone;
  if (node.is("ConvTranspose")) return Role::kWeighted;
  return Role::kNone;
}

// The input of an Add that is not fused with it: the Conv that feeds the other one takes the Add in. Of two Convs, the second
// input's.
int residual_input(const Node& add, const IntegerRegion& region) {
  const auto from_conv = [&](const Value* value) {
    return value->producer() != nullptr && value->producer()->is("Conv") && region.contains(value->producer()) &&
           value->uses().size() == 1;
  };
  for (const Value* value : add.inputs())
    if (value == nullptr || value->is_constant()) return -1;
  if (from_conv(add.input(0))) return 1;
  return from_conv(add.input(1)) ? 0 : -1;
}

}  // namespace

Placement place_tensorrt(const Graph& graph, const QuantOptions& options) {
  const IntegerRegion region(graph, options, role_of);
  PlacementBuilder builder(region);
  for (const auto& owned : graph.nodes()) {
    Node* node = owned.get();
    if (region.contains(node)) {
      ++builder.placement.integer_nodes;
      builder.quantize_inputs(node, false);
      builder.add_layer(node, nullptr);
    } else if (node->is("Add") && !skipped(*node, options)) {
      if (const int index = residual_input(*node, region); index >= 0) builder.quantize_use({node, index});
    }
  }
  return builder.finish(graph, options, role_of);
}

}  // namespace headrace
