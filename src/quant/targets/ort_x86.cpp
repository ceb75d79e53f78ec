// ONNX Runtime on x86: an op runs in integer when all its inputs are dequantised values and its output is quantised at once; the
// QDQ transformer of its CPU provider then replaces the group by QLinearConv, QGemm, QLinearAdd and so on.
#include <algorithm>
#include <array>

#include "quant/targets/placement.h"

namespace headrace {
namespace {

constexpr std::array<std::string_view, 7> kElementwiseOps = {"Add",    "Mul",       "AveragePool", "GlobalAveragePool",
                                                             "Concat", "LeakyRelu", "Sigmoid"};
constexpr std::array<std::string_view, 8> kPassThroughOps = {"MaxPool", "Reshape",   "Flatten", "Transpose",
                                                             "Squeeze", "Unsqueeze", "Slice",   "Gather"};

Role role_of(const Node& node) {
  if (const Role role = weighted_role(node); role != Role::kNone) return role;
  if (node.outputs().size() != 1 || node.output()->dtype != DType::kFloat32) return Role::kNone;
  if (one_of(kElementwiseOps, node)) return Role::kElementwise;
  if (one_of(kPassThroughOps, node) || nearest_resize(node)) return Role::kPassThrough;
  return Role::kNone;
}

// Gemm and MatMul may keep a float output (QGemm, MatMulIntegerToFloat), which is more accurate where no integer op reads it.
bool may_end_in_float(const Node& node, const IntegerRegion& region) {
  if (!node.is("Gemm") && !node.is("MatMul")) return false;
  const auto& uses = node.output()->uses();
  return std::none_of(uses.begin(), uses.end(), [&](const Use& use) { return region.contains(use.node); });
}

}  // namespace

Placement place_ort_x86(const Graph& graph, const QuantOptions& options) {
  const IntegerRegion region(graph, options, role_of);
  PlacementBuilder builder(region);
  for (const auto& owned : graph.nodes()) {
    Node* node = owned.get();
    const Role role = region.role(node);
    if (role == Role::kNone) continue;
    const Node* activation = builder.take(node, options);
    if (activation == nullptr && may_end_in_float(*node, region)) continue;
    builder.quantize_whole(activation != nullptr ? activation->output() : node->output());
    if (role == Role::kPassThrough) builder.placement.shared.emplace_back(node->input(0), node->output());
  }
  return builder.finish(graph, options, role_of);
}

}  // namespace headrace
