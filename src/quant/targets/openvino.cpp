// OpenVINO on CPUs: low-precision transformations start from quantised inputs of the weighted ops, of Add and of the pools, and
// carry the scales through what lies between; an output needs no pair of its own. Ops that only move values get none: their
// reader's pair serves.
#include <array>

#include "quant/targets/placement.h"

namespace headrace {
namespace {

constexpr std::array<std::string_view, 5> kElementwiseOps = {"Add", "Mul", "AveragePool", "GlobalAveragePool", "Concat"};

Role role_of(const Node& node) {
  if (const Role role = weighted_role(node); role != Role::kNone) return role;
  if (node.outputs().size() != 1 || node.output()->dtype != DType::kFloat32) return Role::kNone;
  if (node.is("ConvTranspose")) return Role::kWeighted;
  return one_of(kElementwiseOps, node) ? Role::kElementwise : Role::kNone;
}

}  // namespace

Placement place_openvino(const Graph& graph, const QuantOptions& options) {
  const IntegerRegion region(graph, options, role_of);
  PlacementBuilder builder(region);
  for (const auto& node : graph.nodes())
    if (region.contains(node.get())) builder.take(node.get(), options);
  return builder.finish(graph, options, role_of);
}

}  // namespace headrace
