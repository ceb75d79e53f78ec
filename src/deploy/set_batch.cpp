#include "deploy/set_batch.h"

#include "proto/infer_shapes.h"

namespace headrace {
namespace {

// The extent that all inputs share as their first dimension; -1 when it is symbolic or they differ.
int64_t old_batch(const Graph& graph) {
  int64_t extent = -1;
  for (const Value* input : graph.inputs()) {
    if (!input->shape || input->shape->empty()) continue;
    const int64_t first = input->shape->front().extent;
    if (extent >= 0 && first != extent) return -1;
    extent = first;
  }
  return extent;
}

bool starts_with(const Value& value, int64_t extent) {
  return value.shape && !value.shape->empty() && value.shape->front().extent == extent;
}

// Reshape to [batch, ...] of a tensor [batch, ...] becomes Reshape to [0, ...]: 0 takes the input's own extent.
void free_reshape(Graph& graph, Node* node, int64_t batch) {
  const Value* data = node->input(0);
  const Value* target = node->input(1);
  if (data == nullptr || target == nullptr || !target->is_constant() || !starts_with(*data, batch)) return;
  if (node->int_attribute("allowzero", 0) != 0) return;
  Result<std::vector<int64_t>> dims = to_int64_vector(target->constant());
  if (!dims || dims->empty() || dims->front() != batch) return;
  dims->front() = 0;
  const Dims length{static_cast<int64_t>(dims->size())};
  graph.set_input(node, 1, graph.add_constant(target->name() + "_any_batch", Tensor::from(length, *dims)));
}

void forget_shapes(Graph& graph) {
  for (const auto& value : graph.values())
    if (!value->is_constant() && !value->is_graph_input()) value->shape.reset();
}

Status check_outputs(const Graph& graph, int64_t old, const Dim& batch, const std::vector<bool>& had_batch) {
  for (size_t i = 0; i < had_batch.size(); ++i) {
    const Value& output = *graph.outputs()[i];
    if (had_batch[i] && batch.extent != old && starts_with(output, old))
      return unsupported("output '" + output.name() + "' keeps the batch size " + std::to_string(old) +
                         ": the graph has it built in; export the model with a dynamic batch dimension instead");
  }
  return Ok{};
}

}  // namespace

Status set_batch(Model& model, const Dim& batch) {
  Graph& graph = *model.graph;
  const int64_t old = old_batch(graph);
  std::vector<bool> had_batch;
  for (const Value* output : graph.outputs()) had_batch.push_back(old >= 0 && starts_with(*output, old));
  if (old >= 0)
    for (const auto& node : graph.nodes())
      if (node->is("Reshape")) free_reshape(graph, node.get(), old);
  bool any = false;
  for (Value* input : graph.inputs()) {
    if (input->is_constant() || !input->shape || input->shape->empty()) continue;
    input->shape->front() = batch;
    any = true;
  }
  if (!any) return invalid_argument("no input of this model has a batch dimension to set");
  forget_shapes(graph);
  HEADRACE_CHECK(infer_shapes(model));
  graph.remove_unused_values();
  return check_outputs(graph, old, batch, had_batch);
}

}  // namespace headrace
