// Conv, ConvTranspose, Gemm or MatMul followed by Mul, Div, Add or Sub with a constant per channel (or one for all): the constant
// goes into weights and bias. This is what exporters leave of a normalisation, or of a bias beside its layer.
#include "passes/pass.h"
#include "passes/pattern.h"
#include "passes/weighted_layer.h"

namespace headrace::passes {
namespace {

// The constant spread over the channels on axis 1 of a tensor of `rank`; nullopt when it varies along another axis.
std::optional<std::vector<double>> per_channel(const Tensor& tensor, const WeightedLayer& layer) {
  if (tensor.rank() > layer.rank || tensor.size() == 0) return std::nullopt;
  for (int i = 0; i < tensor.rank(); ++i) {
    const int axis = layer.rank - tensor.rank() + i;
    const int64_t extent = tensor.dims()[static_cast<size_t>(i)];
    if (extent != 1 && (axis != 1 || extent != layer.channels)) return std::nullopt;
  }
  auto values = doubles_of(tensor);
  if (values) values->resize(static_cast<size_t>(layer.channels), (*values)[0]);
  return values;
}

// What `node` does to its operand number `data`, given its other operand c.
std::optional<ChannelAffine> affine_of(const Node& node, size_t data, const std::vector<double>& c) {
  ChannelAffine affine{std::vector<double>(c.size(), 1.0), std::vector<double>(c.size(), 0.0)};
  for (size_t i = 0; i < c.size(); ++i) {
    if (node.is("Mul")) affine.scale[i] = c[i];
    else if (node.is("Add")) affine.shift[i] = c[i];
    else if (node.is("Sub") && data == 0) affine.shift[i] = -c[i];
    else if (node.is("Sub")) affine.scale[i] = -1, affine.shift[i] = c[i];
    else if (node.is("Div") && data == 0 && c[i] != 0) affine.scale[i] = 1 / c[i];
    else return std::nullopt;
  }
  return affine;
}

bool fold(Graph& graph, Node& node) {
  for (const size_t data : {size_t{0}, size_t{1}}) {
    Value* source = node.input(data);
    const auto layer = weighted_layer(source);
    const Tensor* other = constant_of(node.input(1 - data));
    if (!layer || other == nullptr || other->dtype() != layer->node->input(1)->dtype) continue;
    const auto constant = per_channel(*other, *layer);
    const auto affine = constant ? affine_of(node, data, *constant) : std::nullopt;
    if (!affine || !unify_types(*source, *node.output()) || !fold_affine(graph, *layer, *affine)) continue;
    return graph.bypass(&node, source);
  }
  return false;
}

}  // namespace

Result<int> fold_scale_shift(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) {
    const bool candidate = node.is("Mul") || node.is("Add") || node.is("Sub") || node.is("Div");
    return candidate && fold(*model.graph, node);
  });
}

}  // namespace headrace::passes
