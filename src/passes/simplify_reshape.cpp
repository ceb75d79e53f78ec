// Reshape, Flatten, Squeeze, Unsqueeze and Transpose that follow each other are merged or cancel out; a Reshape whose target is
// computed from the batch gets a constant target such as [0, -1], so that the batch stays dynamic and the arithmetic goes.
#include <algorithm>

#include "passes/pass.h"
#include "passes/pattern.h"
#include "passes/shape_values.h"

namespace headrace::passes {
namespace {

bool reshapes(const Node* node) {
  return node != nullptr && (node->is("Reshape") || node->is("Flatten") || node->is("Squeeze") || node->is("Unsqueeze"));
}

bool copies_zero(const Node& reshape) { return reshape.int_attribute("allowzero", 0) == 0; }

// Dimension `axis` of the result of `node` is dimension `axis` of what it reads.
bool keeps_dim(const Node& node, size_t axis) {
  const auto& before = node.input(0)->shape;
  const auto& after = node.output()->shape;
  if (before && after && axis < before->size() && axis < after->size() && same_dim((*before)[axis], (*after)[axis])) return true;
  if (node.is("Flatten")) return axis == 0 && node.int_attribute("axis", 1) == 1;
  const auto target = node.is("Reshape") && copies_zero(node) ? constant_ints(node.input(1)) : std::nullopt;
  return target && axis < target->size() && (*target)[axis] == 0;
}

// The last of two reshapes decides; it may read what the first reads unless it copies a dimension that the first has changed.
bool skip_first_reshape(Graph& graph, Node& node) {
  const Node* first = node.input(0)->producer();
  if (!reshapes(first) || first->input(0) == nullptr) return false;
  if (node.is("Flatten")) {
    const auto& shape = first->input(0)->shape;
    if (node.int_attribute("axis", 1) != 1 || !shape || shape->empty() || !keeps_dim(*first, 0)) return false;
  } else {
    const auto target = constant_ints(node.input(1));
    if (!target) return false;
    for (size_t i = 0; i < target->size(); ++i)
      if ((*target)[i] == 0 && copies_zero(node) && !keeps_dim(*first, i)) return false;
  }
  graph.set_input(&node, 0, first->input(0));
  return true;
}

bool copies(const ShapeElement& element, const Value& x, size_t axis) {
  if (element.of == nullptr) return false;
  if (element.of == &x && element.axis == axis) return true;
  return x.shape && axis < x.shape->size() && same_dim((*element.of->shape)[element.axis], (*x.shape)[axis]);
}

// The computed target as numbers: 0 where it repeats the input's extent, -1 for at most one that is left.
std::optional<std::vector<int64_t>> fixed_target(const ShapeVector& target, const Value& x) {
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < target.elements.size(); ++i) {
    const ShapeElement& element = target.elements[i];
    numbers.push_back(element.number ? *element.number : copies(element, x, i) ? 0 : -1);
  }
  if (std::count(numbers.begin(), numbers.end(), -1) > 1) return std::nullopt;
  return numbers;
}

bool fix_target(Graph& graph, Node& node) {
  if (node.input(1) == nullptr || node.input(1)->is_constant() || !copies_zero(node)) return false;
  const auto target = shape_vector(node.input(1));
  const auto numbers = target && !target->scalar ? fixed_target(*target, *node.input(0)) : std::nullopt;
  if (!numbers) return false;
  const std::string prefix = node.name.empty() ? node.output()->name() : node.name;
  const auto rank = static_cast<int64_t>(numbers->size());
  graph.set_input(&node, 1, graph.add_constant(prefix + ".shape", Tensor::from(Dims{rank}, *numbers)));
  return true;
}

// The permutation of a Transpose; the default, of a known rank, reverses the axes.
std::vector<int64_t> permutation(const Node& node, size_t rank) {
  auto perm = node.ints_attribute("perm");
  if (!perm.empty()) return perm;
  for (size_t i = 0; i < rank; ++i) perm.push_back(static_cast<int64_t>(rank - 1 - i));
  return perm;
}

bool merge_transposes(Graph& graph, Node& node) {
  const Node* first = node.input(0)->producer();
  if (first == nullptr || !first->is("Transpose")) return false;
  const auto& shape = first->input(0)->shape;
  const size_t rank =
      std::max({first->ints_attribute("perm").size(), node.ints_attribute("perm").size(), shape ? shape->size() : 0});
  const auto inner = permutation(*first, rank), outer = permutation(node, rank);
  if (rank == 0 || inner.size() != rank || outer.size() != rank) return false;
  std::vector<int64_t> merged;
  for (const int64_t axis : outer) {
    if (axis < 0 || axis >= static_cast<int64_t>(rank)) return false;
    merged.push_back(inner[static_cast<size_t>(axis)]);
  }
  node.attributes["perm"] = std::move(merged);
  graph.set_input(&node, 0, first->input(0));
  return true;
}

// The axes counted from the front, in order. They count in the tensor that has them: a Squeeze's input, an Unsqueeze's output.
std::optional<std::vector<int64_t>> axes_of(const Node& node) {
  auto axes = ints_operand(node, 1, "axes");
  const auto& shape = node.is("Squeeze") ? node.input(0)->shape : node.output()->shape;
  if (!axes) return std::nullopt;
  for (int64_t& axis : *axes) {
    if (axis < 0 && !shape) return std::nullopt;
    if (axis < 0) axis += static_cast<int64_t>(shape->size());
  }
  std::sort(axes->begin(), axes->end());
  return axes;
}

bool cancel_squeeze(Graph& graph, Node& node) {
  const Node* first = node.input(0)->producer();
  if (first == nullptr || !first->is(node.is("Squeeze") ? "Unsqueeze" : "Squeeze")) return false;
  const auto axes = axes_of(node), first_axes = axes_of(*first);
  Value* source = first->input(0);
  if (!axes || axes != first_axes || !unify_types(*source, *node.output())) return false;
  return graph.bypass(&node, source);
}

bool simplify(Graph& graph, Node& node) {
  if (!node.domain.empty() || node.input(0) == nullptr || node.output() == nullptr) return false;
  if (node.is("Transpose")) return merge_transposes(graph, node);
  if (node.is("Squeeze") || node.is("Unsqueeze")) return cancel_squeeze(graph, node);
  if (node.is("Flatten")) return skip_first_reshape(graph, node);
  if (!node.is("Reshape")) return false;
  const bool fixed = fix_target(graph, node);
  return skip_first_reshape(graph, node) || fixed;
}

}  // namespace

Result<int> simplify_reshape(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) { return simplify(*model.graph, node); });
}

}  // namespace headrace::passes
