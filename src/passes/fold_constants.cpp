// What can be computed now: Constant nodes, arithmetic on known extents, and, through the caller's evaluator, every deterministic
// op whose inputs are constants.
#include <algorithm>
#include <array>

#include "passes/pass.h"
#include "passes/pattern.h"
#include "passes/shape_values.h"

namespace headrace::passes {
namespace {

template <typename T>
Tensor vector_tensor(const std::vector<T>& values) {
  return Tensor::from(Dims{static_cast<int64_t>(values.size())}, values);
}

// The tensor of a Constant node; nullopt for a sparse one.
std::optional<Tensor> constant_node(const Node& node) {
  if (node.attributes.size() != 1) return std::nullopt;
  const auto& [key, attribute] = *node.attributes.begin();
  if (const auto* tensor = std::get_if<Tensor>(&attribute)) return *tensor;
  if (const auto* number = std::get_if<float>(&attribute)) return Tensor::scalar(*number);
  if (const auto* number = std::get_if<int64_t>(&attribute)) return Tensor::scalar(*number);
  if (const auto* floats = std::get_if<std::vector<float>>(&attribute)) return vector_tensor(*floats);
  if (const auto* ints = std::get_if<std::vector<int64_t>>(&attribute)) return vector_tensor(*ints);
  if (const auto* text = std::get_if<std::string>(&attribute)) return Tensor::of_strings({}, {*text});
  if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute))
    return Tensor::of_strings({static_cast<int64_t>(texts->size())}, *texts);
  return std::nullopt;
}

bool outputs_may_become_constants(const Node& node) {
  return std::all_of(node.outputs().begin(), node.outputs().end(), [](const Value* value) {
    return value == nullptr || (value->only_read_by_nodes() && value->opaque_type.empty());
  });
}

// The bytes of all outputs; nullopt when a shape is not known.
std::optional<size_t> output_bytes(const Node& node) {
  size_t bytes = 0;
  for (const Value* value : node.outputs()) {
    if (value == nullptr) continue;
    const auto dims = value->shape ? known_dims(*value->shape) : std::nullopt;
    if (!dims || value->dtype == DType::kUndefined) return std::nullopt;
    const auto count = element_count(*dims);
    if (!count.ok() || *count > (int64_t{1} << 48)) return SIZE_MAX;
    bytes += bytes_for(value->dtype, static_cast<size_t>(*count));
  }
  return bytes;
}

// Ops whose output may be much larger than their inputs: not even tried while the output's shape is unknown.
bool may_grow(const Node& node) {
  static constexpr std::array<std::string_view, 12> kOps = {"ConstantOfShape", "Expand",    "Tile",   "Range",
                                                            "Resize",          "Upsample",  "OneHot", "Pad",
                                                            "EyeLike",         "ScatterND", "Gather", "MatMul"};
  return std::find(kOps.begin(), kOps.end(), node.op_type) != kOps.end();
}

bool worth_evaluating(const Node& node, const PassContext& context) {
  if (!context.evaluate || !is_deterministic(node) || is_quantize_or_dequantize(node) || node.inputs().empty()) return false;
  const bool constant_inputs = std::all_of(node.inputs().begin(), node.inputs().end(),
                                           [](const Value* value) { return value == nullptr || constant_of(value) != nullptr; });
  if (!constant_inputs) return false;
  const auto bytes = output_bytes(node);
  return bytes ? *bytes <= context.max_folded_bytes : !may_grow(node);
}

// The outputs of a node in its own order, or nothing when they cannot be had: then the node stays for the engine to judge.
std::vector<Tensor> computed(const Model& model, const Node& node, const PassContext& context) {
  if (node.is("Constant")) {
    if (auto tensor = constant_node(node)) return {std::move(*tensor)};
    return {};
  }
  if (node.domain.empty() && node.outputs().size() == 1) {
    const auto vector = shape_vector(node.output());
    if (auto tensor = vector ? as_tensor(*vector) : std::nullopt) return {std::move(*tensor)};
  }
  if (!worth_evaluating(node, context)) return {};
  auto tensors = context.evaluate(model, node);
  if (!tensors.ok() || tensors->size() != node.outputs().size()) return {};
  size_t bytes = 0;
  for (const Tensor& tensor : *tensors) bytes += tensor.byte_size();
  return bytes <= context.max_folded_bytes ? std::move(*tensors) : std::vector<Tensor>();
}

bool fold(Model& model, Node& node, const PassContext& context) {
  if (node.outputs().empty() || !outputs_may_become_constants(node)) return false;
  const std::vector<Tensor> tensors = computed(model, node, context);
  const std::vector<Value*> outputs = node.outputs();
  if (tensors.size() != outputs.size()) return false;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i] != nullptr && !tensors[i].defined()) return false;
  model.graph->remove(&node);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i] != nullptr) outputs[i]->set_constant(tensors[i]);
  return true;
}

}  // namespace

Result<int> fold_constants(Model& model, const PassContext& context) {
  return rewrite_each(*model.graph, [&](Node& node) { return fold(model, node, context); });
}

}  // namespace headrace::passes
