// Sums, products, activations and softmax.
#include <cmath>
#include <limits>

#include "engines/native/layers/pointwise.h"
#include "engines/native/lower/lowering.h"
#include "passes/pattern.h"

namespace headrace::native {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// A constant that is one value or one per channel of `like` (channels on axis 1), as values per channel.
std::optional<std::vector<float>> per_channel(const Lowering& lowering, const Value* value, const Value* like) {
  const auto constant = lowering.constant_floats(value);
  if (!constant.ok() || !like->shape || like->shape->size() < 2 || !(*like->shape)[1].known()) return std::nullopt;
  const auto channels = static_cast<size_t>((*like->shape)[1].extent);
  const auto data = constant->as<float>();
  if (data.size() == 1) return std::vector<float>(channels, data[0]);
  // Broadcast from the right: the only extent above one must meet axis 1.
  const Dims& dims = constant->dims();
  const size_t axis_from_right = like->shape->size() - 1;
  if (data.size() != channels || dims.size() < axis_from_right ||
      dims[dims.size() - axis_from_right] != static_cast<int64_t>(channels))
    return std::nullopt;
  return std::vector<float>(data.begin(), data.end());
}

// Relu or Clip behind `output`, absorbed into bounds.
struct Clamped {
  const Value* value;
  float low = -kInfinity, high = kInfinity;
};

Clamped absorb_relu(Lowering& lowering, const Value* output) {
  const Node* reader = passes::only_reader(output);
  if (reader == nullptr || !reader->is("Relu")) return {output};
  lowering.cover(reader);
  return {reader->output(), 0};
}

kernels::AddU8 add_codes(const Codes& a, const Codes& b, const Requantisation& sum) {
  const float scale = sum.quantisation.scale, a_ratio = a.quantisation.scale / scale, b_ratio = b.quantisation.scale / scale;
  const float shift =
      kernels::add_u8_shift(a.quantisation.zero_point, a_ratio, b.quantisation.zero_point, b_ratio, sum.quantisation.zero_point);
  return {.a_ratio = a_ratio, .b_ratio = b_ratio, .shift = shift, .minimum = sum.minimum, .maximum = sum.maximum};
}

// The convolution in front takes up the sum: its own operand never goes to memory.
void fuse_addition(Lowering& lowering, size_t index, bool own_is_a, TensorId addend, const kernels::AddU8& sum, TensorId output) {
  auto& conv = static_cast<ConvLayer&>(lowering.layer(index));
  kernels::ConvEpilogue& e = conv.spec().epilogue;
  e.add = true, e.own_is_a = own_is_a, e.sum = sum;
  conv.add_input(addend);
  conv.set_output(output);
}

// Which operand's producer takes up the sum: the later convolution, so that the other operand is there when it runs.
template <typename Operand, typename Candidate>
std::optional<std::pair<size_t, int>> later_conv(const Lowering& lowering, const Operand& a, const Operand& b,
                                                 const Candidate& candidate) {
  const auto first = candidate(a), second = candidate(b);
  const size_t produced_a = lowering.producer_index(a), produced_b = lowering.producer_index(b);
  if (second && produced_b > produced_a) return std::pair(*second, 1);
  if (first && produced_a > produced_b) return std::pair(*first, 0);
  return std::nullopt;
}

Status add_quantised(Lowering& lowering, const Node& node, const Codes& a, const Codes& b, const Requantisation& sum) {
  const Value* read_by[2] = {node.input(0)->producer()->input(0), node.input(1)->producer()->input(0)};
  const auto fusable = [&](TensorId tensor) -> std::optional<size_t> {
    const int which = tensor == a.tensor ? 0 : 1;
    const auto index = lowering.fusable_conv(tensor, read_by[which]);
    // The DequantizeLinear between must have no other reader either.
    if (!index || passes::only_reader(node.input(which)) == nullptr) return std::nullopt;
    const auto& epilogue = static_cast<ConvLayer&>(lowering.layer(*index)).spec().epilogue;
    return epilogue.output == kernels::ConvOutput::kU8 ? index : std::nullopt;
  };
  const auto fused = a.tensor == b.tensor ? std::nullopt : later_conv(lowering, a.tensor, b.tensor, fusable);
  const TensorId output = lowering.add_codes(sum);
  const kernels::AddU8 codes = add_codes(a, b, sum);
  if (fused) fuse_addition(lowering, fused->first, fused->second == 0, fused->second == 0 ? b.tensor : a.tensor, codes, output);
  else lowering.add_layer<AddLayer>(node.name, a.tensor, b.tensor, output, Element::kU8, codes, -kInfinity, kInfinity);
  return Ok{};
}

Status add_floats(Lowering& lowering, const Node& node) {
  HEADRACE_TRY(const TensorId a, lowering.floats_of(node.input(0)));
  HEADRACE_TRY(const TensorId b, lowering.floats_of(node.input(1)));
  const auto fusable = [&](TensorId tensor) -> std::optional<size_t> {
    const auto index = lowering.fusable_conv(tensor, node.input(tensor == a ? 0 : 1));
    if (!index) return std::nullopt;
    const auto& conv = static_cast<ConvLayer&>(lowering.layer(*index));
    const auto& e = conv.spec().epilogue;
    const bool unbounded = e.minimum_f32 == -kInfinity && e.maximum_f32 == kInfinity;
    return unbounded && conv.is_float() ? index : std::nullopt;
  };
  const auto fused = a == b ? std::nullopt : later_conv(lowering, a, b, fusable);
  const Clamped sum = absorb_relu(lowering, node.output());
  const TensorId output = lowering.add_tensor(sum.value, Element::kF32);
  lowering.tensor(output).nonnegative = sum.low >= 0;
  if (fused) {
    auto& conv = static_cast<ConvLayer&>(lowering.layer(fused->first));
    conv.spec().epilogue.minimum_f32 = sum.low, conv.spec().epilogue.maximum_f32 = sum.high;
    conv.add_input(fused->second == 0 ? b : a);
    conv.set_output(output);
  } else {
    lowering.add_layer<AddLayer>(node.name, a, b, output, Element::kF32, kernels::AddU8{}, sum.low, sum.high);
  }
  return Ok{};
}

// y = x * scale + shift, by constants.
Status scale_shift(Lowering& lowering, const Node& node, const Value* x, std::vector<float> scale, std::vector<float> shift) {
  HEADRACE_TRY(const TensorId input, lowering.floats_of(x));
  const Clamped result = absorb_relu(lowering, node.output());
  const TensorId output = lowering.add_tensor(result.value, Element::kF32);
  lowering.tensor(output).nonnegative = result.low >= 0;
  lowering.add_layer<ScaleShiftLayer>(node.name, input, output, std::move(scale), std::move(shift), result.low, result.high);
  return Ok{};
}

// --- Activations.

std::optional<kernels::ActivationParameters> activation_of(const Node& node) {
  using kernels::Activation;
  if (const auto clamp = clamp_of(node)) return kernels::ActivationParameters{Activation::kClip, clamp->first, clamp->second};
  if (node.is("LeakyRelu")) return kernels::ActivationParameters{Activation::kLeakyRelu, node.float_attribute("alpha", 0.01f), 0};
  if (node.is("Elu")) return kernels::ActivationParameters{Activation::kElu, node.float_attribute("alpha", 1), 0};
  if (node.is("Sigmoid")) return kernels::ActivationParameters{Activation::kSigmoid};
  if (node.is("HardSigmoid"))
    return kernels::ActivationParameters{Activation::kHardSigmoid, node.float_attribute("alpha", 0.2f),
                                         node.float_attribute("beta", 0.5f)};
  if (node.is("HardSwish")) return kernels::ActivationParameters{Activation::kHardSwish};
  if (node.is("Tanh")) return kernels::ActivationParameters{Activation::kTanh};
  if (node.is("Gelu") && node.string_attribute("approximate", "none") == "none")
    return kernels::ActivationParameters{Activation::kGelu};
  return std::nullopt;
}

double evaluate(const kernels::ActivationParameters& p, double x) {
  using kernels::Activation;
  switch (p.kind) {
    case Activation::kNone: return x;
    case Activation::kClip: return std::min<double>(std::max<double>(x, p.a), p.b);
    case Activation::kLeakyRelu: return x < 0 ? x * p.a : x;
    case Activation::kElu: return x < 0 ? p.a * std::expm1(x) : x;
    case Activation::kSigmoid: return 1 / (1 + std::exp(-x));
    case Activation::kHardSigmoid: return std::min(1.0, std::max(0.0, p.a * x + p.b));
    case Activation::kHardSwish: return x * std::min(1.0, std::max(0.0, x / 6 + 0.5));
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kTanh: return std::tanh(x);
    case Activation::kGelu: return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
  }
  return x;
}

TableLayer::Table table_of(const kernels::ActivationParameters& p, const Quantisation& in, const Requantisation& out) {
  TableLayer::Table table;
  for (int q = 0; q < 256; ++q) {
    const float x = static_cast<float>(q - in.zero_point) * in.scale;
    const auto y = static_cast<float>(evaluate(p, x));
    const float code = std::nearbyint(y / out.quantisation.scale) + static_cast<float>(out.quantisation.zero_point);
    table[q] = static_cast<uint8_t>(
        std::min<float>(std::max<float>(code, static_cast<float>(out.minimum)), static_cast<float>(out.maximum)));
  }
  return table;
}

Status activate(Lowering& lowering, const Node& node, const Value* x, const Value* result,
                const kernels::ActivationParameters& p) {
  const auto codes = lowering.codes_of(x);
  if (const auto out = lowering.requantisation(result); codes && out) {
    const TensorId output = lowering.add_codes(*out);
    lowering.add_layer<TableLayer>(node.name, codes->tensor, output, table_of(p, codes->quantisation, *out));
    return Ok{};
  }
  HEADRACE_TRY(const TensorId input, lowering.floats_of(x));
  const TensorId output = lowering.add_tensor(result, Element::kF32);
  lowering.tensor(output).nonnegative =
      p.kind == kernels::Activation::kSigmoid || (p.kind == kernels::Activation::kClip && p.a >= 0);
  lowering.add_layer<ActivationLayer>(node.name, input, output, p);
  return Ok{};
}

// x * gate(x), as one activation; the product's node.
const Node* gated_product(const Node& gate) {
  const Node* product = passes::only_reader(gate.output());
  if (product == nullptr || !product->is("Mul")) return nullptr;
  const Value* other = product->input(0) == gate.output() ? product->input(1) : product->input(0);
  return other == gate.input(0) ? product : nullptr;
}

bool is_sixth(const Node& node) {
  return std::abs(node.float_attribute("alpha", 0.2f) - 1 / 6.0f) < 1e-6f && node.float_attribute("beta", 0.5f) == 0.5f;
}

}  // namespace

Status lower_add(Lowering& lowering, const Node& node) {
  const auto a = lowering.codes_of(node.input(0)), b = lowering.codes_of(node.input(1));
  const auto sum = lowering.requantisation(node.output());
  if (a && b && sum) return add_quantised(lowering, node, *a, *b, *sum);
  for (const int constant : {1, 0})
    if (const auto shift = per_channel(lowering, node.input(constant), node.input(1 - constant)))
      return scale_shift(lowering, node, node.input(1 - constant), std::vector<float>(shift->size(), 1), *shift);
  return add_floats(lowering, node);
}

Status lower_scale(Lowering& lowering, const Node& node) {
  const bool divides = node.is("Div"), subtracts = node.is("Sub");
  if (auto values = per_channel(lowering, node.input(1), node.input(0))) {
    std::vector<float> scale = *values, shift(values->size(), 0);
    if (divides)
      for (float& s : scale) s = 1 / s;
    if (subtracts)
      for (size_t i = 0; i < scale.size(); ++i) shift[i] = -scale[i], scale[i] = 1;
    return scale_shift(lowering, node, node.input(0), std::move(scale), std::move(shift));
  }
  if (divides || subtracts) return cannot(node, "its second operand is not constant");
  if (auto scale = per_channel(lowering, node.input(0), node.input(1)))
    return scale_shift(lowering, node, node.input(1), *scale, std::vector<float>(scale->size(), 0));
  // The larger operand first: the other may be a gate of one value per channel.
  const auto is_gate = [](const Value* value) {
    return value->shape && value->shape->size() == 4 && (*value->shape)[2].extent == 1 && (*value->shape)[3].extent == 1;
  };
  const Value *x = node.input(0), *y = node.input(1);
  if (is_gate(x) && !is_gate(y)) std::swap(x, y);
  const auto a = lowering.codes_of(x), b = lowering.codes_of(y);
  if (const auto out = lowering.requantisation(node.output()); a && b && out && out->minimum == 0 && out->maximum == 255) {
    const float multiplier = a->quantisation.scale * b->quantisation.scale / out->quantisation.scale;
    const kernels::MulU8 codes{a->quantisation.zero_point, b->quantisation.zero_point, out->quantisation.zero_point, multiplier};
    lowering.add_layer<MulLayer>(node.name, a->tensor, b->tensor, lowering.add_codes(*out), Element::kU8, codes);
    return Ok{};
  }
  HEADRACE_TRY(const TensorId first, lowering.floats_of(x));
  HEADRACE_TRY(const TensorId second, lowering.floats_of(y));
  lowering.add_layer<MulLayer>(node.name, first, second, lowering.add_tensor(node.output(), Element::kF32), Element::kF32,
                               kernels::MulU8{});
  return Ok{};
}

Status lower_activation(Lowering& lowering, const Node& node) {
  const auto parameters = activation_of(node);
  if (!parameters) return cannot(node, "its parameters are not constant, or of a form that is not known");
  const bool sigmoid = node.is("Sigmoid"), sixth = node.is("HardSigmoid") && is_sixth(node);
  if (const Node* product = sigmoid || sixth ? gated_product(node) : nullptr) {
    lowering.cover(product);
    const auto kind = sigmoid ? kernels::Activation::kSilu : kernels::Activation::kHardSwish;
    return activate(lowering, node, node.input(0), product->output(), {kind});
  }
  return activate(lowering, node, node.input(0), node.output(), *parameters);
}

Status lower_softmax(Lowering& lowering, const Node& node) {
  const Value* x = node.input(0);
  if (!x->shape) return cannot(node, "the rank of its input is not known");
  const auto rank = static_cast<int64_t>(x->shape->size());
  int64_t axis = node.int_attribute("axis", lowering.opset() >= 13 ? -1 : 1);
  if (axis < 0) axis += rank;
  const bool flat_behind = rank == 2 || lowering.opset() >= 13 || ((*x->shape)[2].extent == 1 && (*x->shape)[3].extent == 1);
  if (axis != 1 || !flat_behind || lowering.flattened_shape(x)) return cannot(node, "it is not over the channels");
  HEADRACE_TRY(const TensorId input, lowering.floats_of(x));
  const TensorId output = lowering.add_tensor(node.output(), Element::kF32);
  lowering.tensor(output).nonnegative = true;
  lowering.add_layer<SoftmaxLayer>(node.name, input, output);
  return Ok{};
}

Status lower_quantize(Lowering& lowering, const Node& node) {
  const auto out = lowering.requantisation(node.input(0));
  if (!out || out->nodes.size() != 1) {
    // Read by others as well: quantise what is there.
    const auto quantisation = quantisation_of(node, node.output()->dtype);
    if (!quantisation) return cannot(node, "it is not per tensor, to 8 bits, by constants");
    HEADRACE_TRY(const TensorId input, lowering.floats_of(node.input(0)));
    lowering.add_layer<QuantizeLayer>(node.name, input, lowering.add_tensor(node.output(), Element::kU8, *quantisation),
                                      *quantisation);
    return Ok{};
  }
  HEADRACE_TRY(const TensorId input, lowering.floats_of(node.input(0)));
  const Quantisation q = out->quantisation;
  lowering.add_layer<QuantizeLayer>(node.name, input, lowering.add_codes(*out), q);
  return Ok{};
}

}  // namespace headrace::native
