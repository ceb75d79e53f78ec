#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engines/native/layers/move.h"
#include "engines/native/layers/pointwise.h"
#include "engines/native/lower/lowering.h"
#include "passes/pattern.h"

namespace headrace::native {

namespace {

using LowerFunction = Status (*)(Lowering&, const Node&);

const std::map<std::string_view, LowerFunction>& lower_functions() {
  static const std::map<std::string_view, LowerFunction> table{
      {"Conv", lower_conv},
      {"Gemm", lower_gemm},
      {"MatMul", lower_gemm},
      {"Add", lower_add},
      {"Mul", lower_scale},
      {"Div", lower_scale},
      {"Sub", lower_scale},
      {"Relu", lower_activation},
      {"Clip", lower_activation},
      {"LeakyRelu", lower_activation},
      {"Sigmoid", lower_activation},
      {"HardSigmoid", lower_activation},
      {"HardSwish", lower_activation},
      {"Tanh", lower_activation},
      {"Elu", lower_activation},
      {"Gelu", lower_activation},
      {"MaxPool", lower_pool},
      {"AveragePool", lower_pool},
      {"GlobalAveragePool", lower_global_pool},
      {"ReduceMean", lower_global_pool},
      {"Concat", lower_concat},
      {"Reshape", lower_shape},
      {"Flatten", lower_shape},
      {"Squeeze", lower_shape},
      {"Unsqueeze", lower_shape},
      {"Identity", lower_shape},
      {"Dropout", lower_shape},
      {"Softmax", lower_softmax},
      {"Resize", lower_resize},
      {"QuantizeLinear", lower_quantize},
  };
  return table;
}

std::optional<int32_t> zero_point_of(const Node& node) {
  const Value* zero = node.input(2);
  if (zero == nullptr) return 0;
  const auto values = passes::constant_ints(zero);
  if (!values || values->size() != 1) return std::nullopt;
  return static_cast<int32_t>((*values)[0]);
}

int32_t code_of(float x, const Quantisation& q) {
  const float code = std::nearbyint(x / q.scale) + static_cast<float>(q.zero_point);
  return static_cast<int32_t>(std::clamp(code, 0.0f, 255.0f));
}

}  // namespace

std::optional<Quantisation> quantisation_of(const Node& node, DType dtype) {
  const Tensor* scale = passes::constant_of(node.input(1));
  const auto zero = zero_point_of(node);
  if (scale == nullptr || scale->dtype() != DType::kFloat32 || scale->size() != 1 || !zero) return std::nullopt;
  if (dtype != DType::kUint8 && dtype != DType::kInt8) return std::nullopt;
  return Quantisation{scale->as<float>()[0], *zero + (dtype == DType::kInt8 ? 128 : 0)};
}

std::optional<std::pair<float, float>> clamp_of(const Node& node) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (node.is("Relu")) return std::pair(0.0f, kInfinity);
  if (!node.is("Clip")) return std::nullopt;
  const auto bound = [&](size_t index, std::string_view attribute, float otherwise) -> std::optional<float> {
    const Value* value = node.input(index);
    if (value == nullptr) return node.float_attribute(attribute, otherwise);
    const auto constant = passes::uniform_constant(value);
    return constant ? std::optional(static_cast<float>(*constant)) : std::nullopt;
  };
  const auto low = bound(1, "min", -kInfinity), high = bound(2, "max", kInfinity);
  if (!low || !high) return std::nullopt;
  return std::pair(*low, *high);
}

Error cannot(const Node& node, const std::string& why) { return unsupported(node.describe() + ": " + why); }

Status check_window(const Node& node) {
  constexpr int64_t kMost = 1 << 12;
  for (const char* name : {"kernel_shape", "strides", "dilations", "pads"})
    for (const int64_t value : node.ints_attribute(name))
      if (value < (std::string_view(name) == "pads" ? 0 : 1) || value > kMost)
        return cannot(node, std::to_string(value) + " is no value for its " + name);
  return Ok{};
}

std::optional<Codes> Lowering::codes_of(const Value* value) {
  const Node* node = value == nullptr ? nullptr : value->producer();
  if (node == nullptr || !node->is("DequantizeLinear")) return std::nullopt;
  const auto found = codes_.find(node->input(0));
  const auto quantisation = quantisation_of(*node, node->input(0)->dtype);
  if (found == codes_.end() || !quantisation) return std::nullopt;
  return Codes{found->second, *quantisation};
}

Result<TensorId> Lowering::floats_of(const Value* value) {
  if (const auto found = floats_.find(value); found != floats_.end()) return found->second;
  if (const auto codes = codes_of(value)) {
    const TensorId tensor = add_tensor(value, Element::kF32);
    add_layer<DequantizeLayer>(value->name(), codes->tensor, tensor, codes->quantisation);
    return tensor;
  }
  if (flattened_.contains(value))
    return unsupported("'" + value->name() + "' lays a picture flat, which only a Gemm behind it can read");
  if (passes::constant_of(value) != nullptr)
    return unsupported("the constant '" + value->name() + "' is neither one value nor one per channel");
  return unsupported("'" + value->name() + "' is computed by nothing that the native engine can run");
}

Result<Tensor> Lowering::constant_floats(const Value* value) const {
  if (const Tensor* constant = passes::constant_of(value); constant != nullptr && constant->dtype() == DType::kFloat32)
    return *constant;
  const Node* node = value == nullptr ? nullptr : value->producer();
  if (node != nullptr && node->is("DequantizeLinear")) {
    const Tensor* codes = passes::constant_of(node->input(0));
    const Tensor* scale = passes::constant_of(node->input(1));
    if (codes != nullptr && scale != nullptr) {
      HEADRACE_TRY(const std::vector<int64_t> q, to_int64_vector(*codes));
      const std::vector<int64_t> zero = (node->input(2) == nullptr ? std::nullopt : passes::constant_ints(node->input(2)))
                                            .value_or(std::vector<int64_t>(scale->size(), 0));
      if (zero.size() != scale->size())
        return unsupported("'" + value->name() + "' has another number of zero points than of scales");
      int64_t axis = node->int_attribute("axis", 1);
      axis += axis < 0 ? codes->rank() : 0;
      size_t inner = 1;
      for (size_t d = static_cast<size_t>(axis) + 1; d < codes->dims().size(); ++d) inner *= codes->dims()[d];
      Tensor floats = Tensor::allocate(DType::kFloat32, codes->dims());
      for (size_t i = 0; i < q.size(); ++i) {
        const size_t c = scale->size() == 1 ? 0 : i / inner % scale->size();
        floats.as_mutable<float>()[i] = static_cast<float>(q[i] - zero[c]) * scale->as<float>()[c];
      }
      return floats;
    }
  }
  return unsupported(value == nullptr ? "an operand is missing" : "'" + value->name() + "' is not a float32 constant");
}

std::optional<IntegerWeights> Lowering::integer_weights(const Value* value, int channel_axis) const {
  const Node* node = value == nullptr ? nullptr : value->producer();
  if (node == nullptr || !node->is("DequantizeLinear")) return std::nullopt;
  const Tensor* codes = passes::constant_of(node->input(0));
  const Tensor* scale = passes::constant_of(node->input(1));
  if (codes == nullptr || scale == nullptr || scale->dtype() != DType::kFloat32) return std::nullopt;
  const bool is_unsigned = codes->dtype() == DType::kUint8;
  if (!is_unsigned && codes->dtype() != DType::kInt8) return std::nullopt;
  std::vector<int64_t> zeros{0};
  if (node->input(2) != nullptr) {
    const auto given = passes::constant_ints(node->input(2));
    if (!given || given->size() != scale->size()) return std::nullopt;
    zeros = *given;
  }
  const size_t channels = codes->dims()[channel_axis];
  if (scale->size() != 1) {
    const int64_t rank = codes->rank(), axis = node->int_attribute("axis", 1);
    if ((axis < 0 ? axis + rank : axis) != channel_axis || scale->size() != channels) return std::nullopt;
  }
  IntegerWeights weights;
  weights.dims = codes->dims();
  weights.scale.assign(channels, scale->as<float>()[0]);
  if (scale->size() != 1) weights.scale.assign(scale->as<float>().begin(), scale->as<float>().end());
  weights.values.resize(codes->size());
  if (!is_unsigned && std::all_of(zeros.begin(), zeros.end(), [](int64_t zero) { return zero == 0; })) {
    std::memcpy(weights.values.data(), codes->bytes().data(), codes->size());
    return weights;
  }
  size_t inner = 1;  // weights in a row that share an output channel
  for (size_t d = static_cast<size_t>(channel_axis) + 1; d < codes->dims().size(); ++d) inner *= codes->dims()[d];
  for (size_t i = 0; i < codes->size(); ++i) {
    const auto byte = static_cast<uint8_t>(codes->bytes()[i]);
    // Kernels have no zero point for weights: it is taken out here, where the difference still fits.
    const int64_t centred =
        (is_unsigned ? byte : static_cast<int8_t>(byte)) - zeros[zeros.size() == 1 ? 0 : i / inner % channels];
    if (centred < -128 || centred > 127) return std::nullopt;
    weights.values[i] = static_cast<int8_t>(centred);
  }
  return weights;
}

Result<std::vector<int32_t>> Lowering::integer_bias(const Value* value, std::span<const float> sum_scales) const {
  if (value == nullptr) return std::vector<int32_t>{};
  const Node* node = value->producer();
  const Tensor* codes = node != nullptr && node->is("DequantizeLinear") ? passes::constant_of(node->input(0)) : nullptr;
  if (codes == nullptr || codes->dtype() != DType::kInt32 || codes->size() != sum_scales.size())
    return unsupported("its bias is not int32 behind a DequantizeLinear");
  const auto zeros = node->input(2) == nullptr ? std::vector<int64_t>{}
                                               : passes::constant_ints(node->input(2)).value_or(std::vector<int64_t>{1});
  const Tensor* scale = passes::constant_of(node->input(1));
  bool fits = scale != nullptr && scale->dtype() == DType::kFloat32 &&
              (scale->size() == 1 || scale->size() == sum_scales.size()) &&
              std::all_of(zeros.begin(), zeros.end(), [](int64_t zero) { return zero == 0; });
  for (size_t c = 0; fits && c < sum_scales.size(); ++c)  // up to how the product was rounded
    fits = std::fabs(scale->as<float>()[scale->size() == 1 ? 0 : c] - sum_scales[c]) <= 1e-5f * sum_scales[c];
  if (!fits) return unsupported("its bias has another scale than the products (input scale times weight scale), or a zero point");
  return std::vector<int32_t>(codes->as<int32_t>().begin(), codes->as<int32_t>().end());
}

TensorId Lowering::add_tensor(const Value* value, Element element, Quantisation quantisation) {
  const TensorId id = add_anonymous(value->name(), element, quantisation);
  (element == Element::kF32 ? floats_ : codes_)[value] = id;
  return id;
}

TensorId Lowering::add_anonymous(std::string name, Element element, Quantisation quantisation) {
  TensorInfo info;
  info.name = std::move(name);
  info.element = element;
  info.quantisation = quantisation;
  program_.tensors.push_back(std::move(info));
  return static_cast<TensorId>(program_.tensors.size() - 1);
}

bool Lowering::written_by_layer(TensorId id) const {
  const size_t index = producer_index(id);
  return index < program_.layers.size() && program_.layers[index]->kind() != "import";
}

void Lowering::bind_flattened(const Value* value, const Value* source) { flattened_[value] = source; }

std::optional<Shape> Lowering::flattened_shape(const Value* value) const {
  static const std::set<std::string_view> kElementwise{
      "DequantizeLinear", "QuantizeLinear", "Relu", "Clip",     "LeakyRelu", "Sigmoid",
      "HardSigmoid",      "HardSwish",      "Tanh", "Identity", "Elu",       "Gelu"};
  for (;;) {
    if (const auto found = flattened_.find(value); found != flattened_.end()) return found->second->shape;
    const Node* node = value->producer();
    if (node == nullptr || !kElementwise.contains(node->op_type)) return std::nullopt;
    value = node->input(0);
  }
}

std::optional<Requantisation> Lowering::requantisation(const Value* value) const {
  Requantisation result{};
  float low = -std::numeric_limits<float>::infinity(), high = -low;
  for (const Node* node = passes::only_reader(value); node != nullptr; node = passes::only_reader(node->output())) {
    result.nodes.push_back(node);
    if (const auto clamp = clamp_of(*node)) {
      low = std::clamp(clamp->first, low, high), high = std::clamp(clamp->second, low, high);
      continue;
    }
    if (!node->is("QuantizeLinear")) return std::nullopt;
    const auto quantisation = quantisation_of(*node, node->output()->dtype);
    if (!quantisation) return std::nullopt;
    result.value = node->output();
    result.quantisation = *quantisation;
    if (std::isfinite(low)) result.minimum = code_of(low, *quantisation);
    if (std::isfinite(high)) result.maximum = code_of(high, *quantisation);
    return result;
  }
  return std::nullopt;
}

TensorId Lowering::add_codes(const Requantisation& requantisation) {
  for (const Node* node : requantisation.nodes) cover(node);
  return add_tensor(requantisation.value, Element::kU8, requantisation.quantisation);
}

TensorId Lowering::padded(TensorId id, float fill) {
  TensorInfo& info = tensor(id);
  const bool fits = !info.padded || info.fill == fill || (std::isinf(fill) && info.nonnegative && info.fill == 0);
  if (info.parent < 0 && fits) {
    if (!info.padded) info.padded = true, info.fill = std::isinf(fill) && info.nonnegative ? 0 : fill;
    return id;
  }
  TensorInfo copy = info;
  copy.parent = -1, copy.padded = true, copy.fill = fill;
  program_.tensors.push_back(copy);
  const auto to = static_cast<TensorId>(program_.tensors.size() - 1);
  add_layer<RepeatLayer>(copy.name + " (copy)", id, to, 1, 1);
  return to;
}

float Lowering::zero_of(TensorId id) const {
  const TensorInfo& info = program_.tensors[id];
  return info.element == Element::kU8 ? static_cast<float>(info.quantisation.zero_point) : 0.0f;
}

std::optional<size_t> Lowering::fusable_conv(TensorId id, const Value* value) const {
  if (passes::only_reader(value) == nullptr) return std::nullopt;
  const size_t index = producer_index(id);
  if (index == program_.layers.size()) return std::nullopt;
  const auto* conv = dynamic_cast<const ConvLayer*>(program_.layers[index].get());
  if (conv == nullptr || conv->inputs().size() > 1) return std::nullopt;
  return index;
}

Status Lowering::lower_inputs() {
  int index = 0;
  for (const Value* input : graph_.inputs()) {
    if (input->dtype != DType::kFloat32 || !input->shape || (input->shape->size() != 4 && input->shape->size() != 2))
      return unsupported("input '" + input->name() + "' is not float32 of rank 4 (pictures) or 2 (use --engine ort)");
    program_.signature.inputs.push_back({input->name(), input->dtype, *input->shape});
    const Node* reader = passes::only_reader(input);
    const Tensor* scale = reader != nullptr && reader->is("QuantizeLinear") ? passes::constant_of(reader->input(1)) : nullptr;
    if (scale != nullptr && reader->output()->dtype == DType::kUint8 &&
        (scale->size() == 1 || reader->int_attribute("axis", 1) == 1)) {
      std::vector<int32_t> zeros(scale->size(), 0);
      if (reader->input(2) != nullptr) {
        const auto given = passes::constant_ints(reader->input(2));
        if (!given || given->size() != scale->size()) return cannot(*reader, "its zero points are not constant");
        zeros.assign(given->begin(), given->end());
      }
      cover(reader);
      const TensorId tensor = add_tensor(reader->output(), Element::kU8);
      add_layer<ImportLayer>(input->name(), index, tensor,
                             std::vector<float>(scale->as<float>().begin(), scale->as<float>().end()), zeros);
    } else {
      add_layer<ImportLayer>(input->name(), index, add_tensor(input, Element::kF32), std::vector<float>{},
                             std::vector<int32_t>{});
    }
    ++index;
  }
  return Ok{};
}

Status Lowering::lower_outputs() {
  int index = 0;
  for (const Value* output : graph_.outputs()) {
    if (output->dtype != DType::kFloat32) return unsupported("output '" + output->name() + "' is not float32 (use --engine ort)");
    if (!output->shape || (output->shape->size() != 4 && output->shape->size() != 2))
      return unsupported("output '" + output->name() + "' is not of rank 4 (pictures) or 2 (use --engine ort)");
    HEADRACE_TRY(const TensorId tensor, floats_of(output));
    program_.signature.outputs.push_back({output->name(), output->dtype, *output->shape});
    add_layer<ExportLayer>(output->name(), tensor, index++);
  }
  return Ok{};
}

Status Lowering::lower_node(const Node& node) {
  if (covered(&node) || node.is("DequantizeLinear")) return Ok{};  // its readers look at it
  const auto found = node.domain.empty() ? lower_functions().find(node.op_type) : lower_functions().end();
  if (found == lower_functions().end()) return cannot(node, "the native engine has no such layer");
  return found->second(*this, node);
}

Result<Program> Lowering::run() {
  HEADRACE_CHECK(lower_inputs());
  std::string problems;
  int count = 0;
  for (const auto& node : graph_.nodes()) {
    const Status status = lower_node(*node);
    if (status.ok()) continue;
    // What reads the result of a node that failed fails as well; the first few tell enough.
    const std::string why = status.error().describe(), where = node->describe();
    if (++count <= 10) problems += "\n  " + (why.starts_with(where) ? why : where + ": " + why);
  }
  if (count > 0)
    return unsupported("the native engine cannot run " + std::to_string(count) +
                       " of the model's nodes (use --engine ort):" + problems);
  HEADRACE_CHECK(lower_outputs());
  return std::move(program_);
}

}  // namespace headrace::native
