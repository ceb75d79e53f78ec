#include "passes/pattern.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace headrace::passes {

const Tensor* constant_of(const Value* value) {
  if (value == nullptr || !value->is_constant() || value->is_graph_input()) return nullptr;
  return &value->constant();
}

std::optional<std::vector<int64_t>> constant_ints(const Value* value) {
  const Tensor* tensor = constant_of(value);
  if (tensor == nullptr) return std::nullopt;
  auto ints = to_int64_vector(*tensor);
  if (!ints.ok()) return std::nullopt;
  return std::move(*ints);
}

std::optional<double> uniform_constant(const Value* value) {
  const Tensor* tensor = constant_of(value);
  if (tensor == nullptr || tensor->size() == 0 || bits_of(tensor->dtype()) < 8) return std::nullopt;
  const std::byte* bytes = tensor->bytes().data();
  const size_t width = bytes_for(tensor->dtype(), 1);
  if (std::memcmp(bytes, bytes + width, tensor->byte_size() - width) != 0) return std::nullopt;  // each equals its neighbour
  Tensor first = Tensor::allocate(tensor->dtype(), {1});
  std::memcpy(first.mutable_bytes().data(), bytes, width);
  if (tensor->dtype() == DType::kFloat64) return first.as<double>()[0];
  if (const auto ints = to_int64_vector(first); ints.ok()) return static_cast<double>((*ints)[0]);
  if (const auto floats = to_float_vector(first); floats.ok()) return static_cast<double>((*floats)[0]);
  return std::nullopt;
}

std::optional<std::vector<double>> doubles_of(const Tensor& tensor) {
  if (tensor.dtype() == DType::kFloat64) return std::vector<double>(tensor.as<double>().begin(), tensor.as<double>().end());
  if (tensor.dtype() == DType::kFloat32) return std::vector<double>(tensor.as<float>().begin(), tensor.as<float>().end());
  return std::nullopt;
}

std::optional<Tensor> rounded(DType dtype, const Dims& dims, const std::vector<double>& values) {
  Tensor tensor = Tensor::allocate(dtype, dims);
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = dtype == DType::kFloat32 ? static_cast<double>(static_cast<float>(values[i])) : values[i];
    if (!std::isfinite(value)) return std::nullopt;
    if (dtype == DType::kFloat32) tensor.as_mutable<float>()[i] = static_cast<float>(value);
    else tensor.as_mutable<double>()[i] = value;
  }
  return tensor;
}

bool is_wide_float(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

std::optional<std::vector<int64_t>> ints_operand(const Node& node, size_t input, std::string_view attribute) {
  if (const Value* value = node.input(input)) return constant_ints(value);
  const Attribute* found = node.attribute(attribute);
  const auto* ints = found == nullptr ? nullptr : std::get_if<std::vector<int64_t>>(found);
  if (ints == nullptr) return std::nullopt;
  return *ints;
}

Node* only_reader(const Value* value) {
  const bool alone = value != nullptr && value->only_read_by_nodes() && value->uses().size() == 1;
  return alone ? value->uses()[0].node : nullptr;
}

bool only_first_output_used(const Node& node) {
  for (size_t i = 1; i < node.outputs().size(); ++i) {
    const Value* output = node.outputs()[i];
    if (output != nullptr && (!output->uses().empty() || !output->only_read_by_nodes())) return false;
  }
  return node.output() != nullptr;
}

bool same_dim(const Dim& a, const Dim& b) {
  if (a.known() || b.known()) return a.extent == b.extent;
  return !a.symbol.empty() && a.symbol == b.symbol;
}

bool same_shape(const Value& a, const Value& b) {
  return a.shape && b.shape && std::equal(a.shape->begin(), a.shape->end(), b.shape->begin(), b.shape->end(), same_dim);
}

bool unify_types(Value& a, Value& b) {
  const bool both_typed = a.dtype != DType::kUndefined && b.dtype != DType::kUndefined;
  const bool both_opaque = !a.opaque_type.empty() && !b.opaque_type.empty();
  if ((both_typed && a.dtype != b.dtype) || (both_opaque && a.opaque_type != b.opaque_type)) return false;
  Value& typed = a.dtype != DType::kUndefined ? a : b;
  Value& shaped = a.shape ? a : b;
  Value& opaque = a.opaque_type.empty() ? b : a;
  for (Value* value : {&a, &b}) {
    value->dtype = typed.dtype;
    if (!value->shape) value->shape = shaped.shape;
    if (value->opaque_type.empty()) value->opaque_type = opaque.opaque_type;
  }
  return true;
}

bool is_deterministic(const Node& node) {
  static constexpr std::array<std::string_view, 7> kRandom = {
      "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout"};
  return node.domain.empty() && !node.has_subgraph() && std::find(kRandom.begin(), kRandom.end(), node.op_type) == kRandom.end();
}

bool is_quantize_or_dequantize(const Node& node) {
  return node.op_type == "QuantizeLinear" || node.op_type == "DequantizeLinear" || node.op_type == "DynamicQuantizeLinear";
}

void replace_constant(Graph& graph, Node& node, size_t input, Tensor tensor, std::string_view hint) {
  Value* old = node.input(input);
  const bool mine = constant_of(old) != nullptr && only_reader(old) == &node;
  if (mine) old->set_constant(std::move(tensor));
  else graph.set_input(&node, input, graph.add_constant(hint, std::move(tensor)));
}

}  // namespace headrace::passes
