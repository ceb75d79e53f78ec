// Notes on Conv, ConvTranspose, Gemm, MatMul and Add which activation alone reads their result: @fused_activation=Relu. Engines
// and the quantiser treat the two as one; the file stays standard ONNX, since annotations are not written.
#include <algorithm>
#include <array>
#include <cmath>

#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

constexpr std::string_view kAnnotation = "fused_activation";

bool can_carry(const Node& node) {
  static constexpr std::array<std::string_view, 5> kOps = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add"};
  return node.domain.empty() && std::find(kOps.begin(), kOps.end(), node.op_type) != kOps.end();
}

bool bound_is_fixed(const Value* bound) { return bound == nullptr || constant_of(bound) != nullptr; }

// One node that is an activation by itself.
std::optional<std::string> simple_activation(const Node* reader) {
  static constexpr std::array<std::string_view, 4> kOps = {"Relu", "HardSwish", "Sigmoid", "HardSigmoid"};
  if (reader == nullptr || !reader->domain.empty()) return std::nullopt;
  const bool listed = std::find(kOps.begin(), kOps.end(), reader->op_type) != kOps.end();
  const bool clip = reader->is("Clip") && bound_is_fixed(reader->input(1)) && bound_is_fixed(reader->input(2));
  return listed || clip ? std::optional(reader->op_type) : std::nullopt;
}

// x * gate(x): SiLU when the gate is Sigmoid, HardSwish when it is HardSigmoid(x / 6 + 1 / 2).
std::optional<std::string> gated_activation(const Value& x) {
  if (!x.only_read_by_nodes() || x.uses().size() != 2) return std::nullopt;
  const Node* gate = x.uses()[0].node;
  const Node* product = x.uses()[1].node;
  if (!product->is("Mul")) std::swap(gate, product);
  if (!product->is("Mul") || gate == product || only_reader(gate->output()) != product) return std::nullopt;
  if (gate->is("Sigmoid")) return "SiLU";
  const bool sixth = std::abs(gate->float_attribute("alpha", 0.2f) - 1 / 6.0f) < 1e-6f;
  if (gate->is("HardSigmoid") && sixth && gate->float_attribute("beta", 0.5f) == 0.5f) return "HardSwish";
  return std::nullopt;
}

// Sets, changes or clears the note; true when it is another than before.
bool annotate(Node& node) {
  auto activation = simple_activation(only_reader(node.output()));
  if (!activation && node.output() != nullptr) activation = gated_activation(*node.output());
  const auto before = node.annotations;
  if (activation) node.annotations[std::string(kAnnotation)] = *activation;
  else node.annotations.erase(std::string(kAnnotation));
  return node.annotations != before;
}

}  // namespace

Result<int> group_activation(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [](Node& node) { return can_carry(node) && annotate(node); });
}

}  // namespace headrace::passes
