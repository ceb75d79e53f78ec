// What several passes look for in a graph, and how they walk over it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ir/model.h"

namespace headrace::passes {

// Calls rewrite(node) for each node that is there at the start, in topological order, and returns how often it said true.
// `rewrite` may remove that very node, insert others and rewire; it must not remove a node that is still to come.
template <typename Rewrite>
int rewrite_each(Graph& graph, const Rewrite& rewrite) {
  std::vector<Node*> nodes;
  nodes.reserve(graph.nodes().size());
  for (const auto& node : graph.nodes()) nodes.push_back(node.get());
  int changes = 0;
  for (Node* node : nodes)
    if (rewrite(*node)) ++changes;
  return changes;
}

// The tensor of a constant; nullptr for anything else, also for a default that the caller of the model may override.
const Tensor* constant_of(const Value* value);
// The integers of a constant of any integer type, flattened.
std::optional<std::vector<int64_t>> constant_ints(const Value* value);
// The one value that every element of a constant has (float, integer or bool type).
std::optional<double> uniform_constant(const Value* value);
// The values of a float32 or float64 tensor, exactly.
std::optional<std::vector<double>> doubles_of(const Tensor& tensor);
// A float32 or float64 tensor of these values, each rounded once; nullopt when one does not stay finite.
std::optional<Tensor> rounded(DType dtype, const Dims& dims, const std::vector<double>& values);
// The types whose arithmetic passes may do in advance: float32 and float64.
bool is_wide_float(DType dtype);

// What became an input in a later opset: the constant at `input` where the node has that input, else the attribute. nullopt
// when neither is there or the input is not constant.
std::optional<std::vector<int64_t>> ints_operand(const Node& node, size_t input, std::string_view attribute);

// The node that alone reads `value` (once); nullptr when there are others, or the caller or a subgraph reads it too.
Node* only_reader(const Value* value);
// No output but the first is read by anybody.
bool only_first_output_used(const Node& node);
// The same extent on every run: both known and equal, or the same symbol.
bool same_dim(const Dim& a, const Dim& b);
// Ranks known and every dimension the same.
bool same_shape(const Value& a, const Value& b);

// For two values that are to become one: what is known of the type of either is noted on both. false, with nothing changed, when
// they contradict each other (Graph::bypass would refuse).
bool unify_types(Value& a, Value& b);

// An op of ai.onnx whose outputs follow from its inputs and attributes alone: nothing random, no subgraph, no foreign domain.
bool is_deterministic(const Node& node);
bool is_quantize_or_dequantize(const Node& node);

// Gives the node another constant at `input`. The old one is overwritten where nobody else reads it, so that names such as
// "conv1.weight" live on; otherwise, and where the node had none, a new constant is named after `hint`.
void replace_constant(Graph& graph, Node& node, size_t input, Tensor tensor, std::string_view hint);

}  // namespace headrace::passes
