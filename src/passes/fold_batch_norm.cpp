// Conv, ConvTranspose, Gemm or MatMul followed by BatchNormalization: the normalisation goes into weights and bias.
#include "passes/batch_norm.h"
#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

bool fold(Graph& graph, Node& norm) {
  const auto affine = inference_affine(norm);
  if (!affine) return false;
  Value* source = norm.input(0);
  const auto layer = weighted_layer(source);
  if (!layer || layer->channels != static_cast<int64_t>(affine->scale.size())) return false;
  if (layer->node->input(1)->dtype != norm.input(1)->dtype) return false;  // mixed precision: the exporter's wish, not ours
  if (!unify_types(*source, *norm.output()) || !fold_affine(graph, *layer, *affine)) return false;
  return graph.bypass(&norm, source);
}

}  // namespace

Result<int> fold_batch_norm(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) { return node.is("BatchNormalization") && fold(*model.graph, node); });
}

}  // namespace headrace::passes
