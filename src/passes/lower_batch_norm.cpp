// A BatchNormalization that no layer takes up becomes a Mul and an Add with constants of shape [C, 1, ..., 1].
#include "passes/batch_norm.h"
#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

bool lower(Graph& graph, Node& norm) {
  const auto affine = inference_affine(norm);
  Value* x = norm.input(0);
  if (!affine || x == nullptr || !x->shape || x->shape->size() < 2 || x->dtype != norm.input(1)->dtype) return false;
  Dims dims(x->shape->size() - 1, 1);  // broadcasts against [N, C, ...] from the right
  dims[0] = static_cast<int64_t>(affine->scale.size());
  const auto scale = rounded(x->dtype, dims, affine->scale), shift = rounded(x->dtype, dims, affine->shift);
  if (!scale || !shift) return false;

  Value* result = norm.output();
  const std::string prefix = norm.name.empty() ? result->name() : norm.name;
  Value* product = graph.add_value(graph.unique_name(prefix + ".scaled"));
  product->dtype = x->dtype;
  product->shape = x->shape;
  Node* mul = graph.insert_before(&norm, "Mul", {x, graph.add_constant(prefix + ".scale", *scale)}, {product});
  graph.remove(&norm);
  Node* add = graph.insert_after(mul, "Add", {product, graph.add_constant(prefix + ".shift", *shift)}, {result});
  mul->name = prefix + ".scale";
  add->name = prefix + ".shift";
  return true;
}

}  // namespace

Result<int> lower_batch_norm(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) { return node.is("BatchNormalization") && lower(*model.graph, node); });
}

}  // namespace headrace::passes
