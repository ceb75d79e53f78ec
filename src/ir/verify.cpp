#include "ir/verify.h"

#include <algorithm>
#include <unordered_set>

namespace headrace {
namespace {

Status check_names(const Graph& graph) {
  std::unordered_set<std::string_view> seen;
  for (const auto& value : graph.values()) {
    if (value->name().empty()) return invalid_model("a value has an empty name");
    if (!seen.insert(value->name()).second) return invalid_model("two values are named '" + value->name() + "'");
    if (graph.find(value->name()) != value.get()) return internal_error("the name index has lost '" + value->name() + "'");
  }
  return Ok{};
}

// Inputs that are there before any node runs, then each node's outputs in turn.
Status check_order(const Graph& graph) {
  std::unordered_set<const Value*> available;
  for (const auto& value : graph.values())
    if (value->is_constant() || value->is_graph_input()) available.insert(value.get());
  for (const auto& node : graph.nodes()) {
    for (const Value* input : node->inputs()) {
      if (input == nullptr || available.contains(input)) continue;
      if (input->producer() == nullptr)
        return invalid_model(node->describe() + " reads '" + input->name() + "', which nothing computes and no input provides");
      return invalid_model(node->describe() + " reads '" + input->name() + "' before it is computed");
    }
    for (const Value* output : node->outputs())
      if (output != nullptr) available.insert(output);
  }
  for (const Value* output : graph.outputs())
    if (!available.contains(output))
      return invalid_model("the graph's output '" + output->name() + "' is not computed by anything");
  return Ok{};
}

Status check_links(const Graph& graph) {
  std::unordered_set<const Value*> owned;
  size_t uses = 0, reads = 0;
  for (const auto& value : graph.values()) {
    owned.insert(value.get());
    uses += value->uses().size();
    for (const Use& use : value->uses())
      if (use.node->input(static_cast<size_t>(use.index)) != value.get())
        return internal_error("the use list of '" + value->name() + "' names " + use.node->describe() +
                              ", which does not read it");
  }
  for (const auto& node : graph.nodes()) {
    for (const Value* input : node->inputs()) {
      if (input == nullptr) continue;
      ++reads;
      if (!owned.contains(input)) return internal_error(node->describe() + " reads a value of another graph");
    }
    for (size_t i = 0; i < node->outputs().size(); ++i) {
      const Value* output = node->outputs()[i];
      if (output == nullptr) continue;
      if (!owned.contains(output)) return internal_error(node->describe() + " writes a value of another graph");
      if (output->producer() != node.get() || output->output_index() != static_cast<int>(i))
        return invalid_model("'" + output->name() + "' is computed by two nodes; " + node->describe() + " is one of them");
      if (output->is_constant() || output->is_graph_input())
        return invalid_model("'" + output->name() + "' is computed by " + node->describe() +
                             " and is an input or constant as well");
    }
  }
  if (uses != reads)
    return internal_error("use lists hold " + std::to_string(uses) + " entries for " + std::to_string(reads) + " reads");
  return Ok{};
}

Status check_opsets(const Model& model) {
  for (const auto& node : model.graph->nodes())
    if (!model.opsets.contains(node->domain))
      return invalid_model(node->describe() + " belongs to the domain '" + node->domain +
                           "', for which the model declares no opset");
  return Ok{};
}

}  // namespace

Status verify(const Model& model) {
  HEADRACE_CHECK(check_names(*model.graph));
  HEADRACE_CHECK(check_links(*model.graph));
  HEADRACE_CHECK(check_order(*model.graph));
  return check_opsets(model);
}

}  // namespace headrace
