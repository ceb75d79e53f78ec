// Conv, Gemm and MatMul by constant weights: integer layers where codes come in and integer weights are there, float otherwise.
#include <cmath>
#include <limits>

#include "engines/native/layers/conv.h"
#include "engines/native/layers/pointwise.h"
#include "engines/native/lower/lowering.h"
#include "passes/pattern.h"

namespace headrace::native {

namespace {

// The geometry of a layer, whatever its arithmetic.
struct Geometry {
  kernels::ConvShape shape = {};
  Window window = {};
  const Value* input = nullptr;
  const Value* weights = nullptr;
  const Value* bias = nullptr;  // of the layer, where it has one
  int channel_axis = 0;         // of the weights: output channels
  bool transposed = false;      // weights are [K][output channels]
  bool depthwise() const { return shape.groups > 1 && shape.group_channels == 1 && shape.groups == shape.output_channels; }
  size_t taps() const { return static_cast<size_t>(shape.kernel_h) * shape.kernel_w; }
};

int at(const std::vector<int64_t>& values, size_t index, int otherwise) {
  return index < values.size() ? static_cast<int>(values[index]) : otherwise;
}

// The dims of constant weights, through a DequantizeLinear.
std::optional<Dims> weight_dims(const Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->producer() != nullptr && value->producer()->is("DequantizeLinear")) value = value->producer()->input(0);
  const Tensor* constant = passes::constant_of(value);
  return constant == nullptr ? std::nullopt : std::optional(constant->dims());
}

Status set_padding(const Node& node, const Value* input, Window& window) {
  const std::string mode = node.string_attribute("auto_pad", "NOTSET");
  if (mode == "NOTSET") {
    const auto pads = node.ints_attribute("pads");
    window.pad_top = at(pads, 0, 0), window.pad_left = at(pads, 1, 0);
    window.pad_bottom = at(pads, 2, 0), window.pad_right = at(pads, 3, 0);
    return Ok{};
  }
  if (mode == "VALID") return Ok{};
  // SAME depends on the picture's size, which must be known here.
  if (!input->shape || input->shape->size() != 4 || !(*input->shape)[2].known() || !(*input->shape)[3].known())
    return cannot(node, "auto_pad=" + mode + " with a picture size that is not fixed");
  const auto total = [](int64_t in, int kernel, int stride, int dilation) {
    const int64_t out = (in + stride - 1) / stride;
    return static_cast<int>(std::max<int64_t>(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - in));
  };
  const int down = total((*input->shape)[2].extent, window.kernel_h, window.stride_h, window.dilation_h);
  const int across = total((*input->shape)[3].extent, window.kernel_w, window.stride_w, window.dilation_w);
  const bool lower = mode == "SAME_LOWER";
  window.pad_top = lower ? (down + 1) / 2 : down / 2, window.pad_bottom = down - window.pad_top;
  window.pad_left = lower ? (across + 1) / 2 : across / 2, window.pad_right = across - window.pad_left;
  return Ok{};
}

Result<Geometry> conv_geometry(const Node& node) {
  HEADRACE_CHECK(check_window(node));
  Geometry g{.input = node.input(0), .weights = node.input(1), .bias = node.input(2)};
  const auto dims = weight_dims(g.weights);
  if (!dims) return cannot(node, "its weights are not constant");
  if (dims->size() != 4) return cannot(node, "it is not two-dimensional");
  g.shape.output_channels = static_cast<int>((*dims)[0]);
  g.shape.group_channels = static_cast<int>((*dims)[1]);
  g.shape.kernel_h = g.window.kernel_h = static_cast<int>((*dims)[2]);
  g.shape.kernel_w = g.window.kernel_w = static_cast<int>((*dims)[3]);
  const auto kernel = node.ints_attribute("kernel_shape");
  if (!kernel.empty() && kernel != std::vector<int64_t>{(*dims)[2], (*dims)[3]})
    return cannot(node, "its kernel_shape is not that of its weights");
  g.shape.groups = static_cast<int>(node.int_attribute("group", 1));
  if (g.shape.groups < 1 || g.shape.output_channels % g.shape.groups != 0)
    return cannot(node, "its output channels do not fall into " + std::to_string(g.shape.groups) + " groups");
  const auto strides = node.ints_attribute("strides"), dilations = node.ints_attribute("dilations");
  g.window.stride_h = at(strides, 0, 1), g.window.stride_w = at(strides, 1, 1);
  g.window.dilation_h = at(dilations, 0, 1), g.window.dilation_w = at(dilations, 1, 1);
  HEADRACE_CHECK(set_padding(node, g.input, g.window));
  return g;
}

// A Gemm reads N x K, or a picture laid flat: then its weights are a kernel that covers the picture.
Result<Geometry> gemm_geometry(const Lowering& lowering, const Node& node) {
  Geometry g{.input = node.input(0), .weights = node.input(1), .bias = node.input(2)};
  const auto dims = weight_dims(g.weights);
  if (!dims) return cannot(node, "its second operand is not constant");
  if (dims->size() != 2) return cannot(node, "its weights are not a matrix");
  if (node.is("Gemm") &&
      (node.float_attribute("alpha", 1) != 1 || node.float_attribute("beta", 1) != 1 || node.int_attribute("transA", 0) != 0))
    return cannot(node, "alpha, beta or transA differ from 1, 1 and 0");
  if (!node.input(0)->shape || node.input(0)->shape->size() != 2) return cannot(node, "its input is not of rank 2");
  g.transposed = !node.is("Gemm") || node.int_attribute("transB", 0) == 0;
  g.channel_axis = g.transposed ? 1 : 0;
  g.shape.output_channels = static_cast<int>((*dims)[g.channel_axis]);
  g.shape.group_channels = static_cast<int>((*dims)[1 - g.channel_axis]);
  if (const auto picture = lowering.flattened_shape(node.input(0))) {
    if (!(*picture)[1].known() || !(*picture)[2].known() || !(*picture)[3].known())
      return cannot(node, "it reads a picture laid flat, whose size is not fixed");
    g.shape.group_channels = static_cast<int>((*picture)[1].extent);
    g.shape.kernel_h = g.window.kernel_h = static_cast<int>((*picture)[2].extent);
    g.shape.kernel_w = g.window.kernel_w = static_cast<int>((*picture)[3].extent);
  }
  return g;
}

// [O][I][kh][kw] (or [I][kh][kw][O]) to [O][kh][kw][I].
template <typename T>
std::vector<T> to_ohwi(const Geometry& g, std::span<const T> weights) {
  const size_t outputs = g.shape.output_channels, inputs = g.shape.group_channels, taps = g.taps();
  if (!g.transposed && taps == 1) return {weights.begin(), weights.end()};
  std::vector<T> result(weights.size());
  for (size_t o = 0; o < outputs; ++o)
    for (size_t i = 0; i < inputs; ++i)
      for (size_t t = 0; t < taps; ++t) {
        const size_t k = i * taps + t;
        result[(o * taps + t) * inputs + i] = g.transposed ? weights[k * outputs + o] : weights[o * inputs * taps + k];
      }
  return result;
}

bool winograd_fits(const Geometry& g) {
  const Window& w = g.window;
  return w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 && w.dilation_w == 1 &&
         g.shape.groups == 1 && g.shape.group_channels >= 16 && g.shape.output_channels >= 16;
}

bool needs_padding(const Window& w) { return w.pad_top + w.pad_left + w.pad_bottom + w.pad_right > 0; }

struct FloatLayer {
  std::vector<float> weights;  // OHWI
  std::vector<float> bias;     // empty: zeros
};

struct IntegerLayer {
  std::vector<int8_t> weights;  // OHWI
  std::vector<int32_t> bias;    // with the input's zero point taken out
  std::vector<float> multiplier;
};

// `output_scale`: 0 where the output is float.
Result<IntegerLayer> integer_layer(const Lowering& lowering, const Geometry& g, const Codes& codes, const IntegerWeights& weights,
                                   float output_scale) {
  const size_t channels = g.shape.output_channels;
  std::vector<float> sum_scales;
  for (const float scale : weights.scale) sum_scales.push_back(codes.quantisation.scale * scale);
  HEADRACE_TRY(std::vector<int32_t> bias, lowering.integer_bias(g.bias, sum_scales));
  bias.resize(channels, 0);
  IntegerLayer layer{.weights = to_ohwi<int8_t>(g, weights.values), .bias = {}, .multiplier = {}};
  const size_t row = layer.weights.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    const auto [positive, negative] = kernels::signed_sums(std::span(layer.weights).subspan(c * row, row));
    const int64_t sum = positive + negative;
    const int64_t corrected = bias[c] - codes.quantisation.zero_point * sum;
    if (corrected > INT32_MAX || corrected < INT32_MIN)
      return unsupported("output channel " + std::to_string(c) + "'s bias leaves 32 bits");
    layer.bias.push_back(static_cast<int32_t>(corrected));
    layer.multiplier.push_back(output_scale == 0 ? sum_scales[c] : sum_scales[c] / output_scale);
  }
  return layer;
}

Status lower_integer(Lowering& lowering, const Node& node, const Geometry& g, const Codes& codes, const IntegerWeights& weights) {
  const auto requantisation = lowering.requantisation(node.output());
  HEADRACE_TRY(IntegerLayer layer,
               integer_layer(lowering, g, codes, weights, requantisation ? requantisation->quantisation.scale : 0));
  lowering.tensor(codes.tensor).quantisation = codes.quantisation;
  const TensorId input = needs_padding(g.window) ? lowering.padded(codes.tensor, lowering.zero_of(codes.tensor)) : codes.tensor;
  ConvSpec spec{.shape = g.shape, .window = g.window, .epilogue = {}};
  if (requantisation) {
    spec.epilogue.zero_point = requantisation->quantisation.zero_point;
    spec.epilogue.minimum = requantisation->minimum, spec.epilogue.maximum = requantisation->maximum;
  } else {
    spec.epilogue.output = kernels::ConvOutput::kF32;
  }
  const auto& kernels = lowering.kernels();
  if (g.depthwise() && requantisation) {
    const kernels::DepthwiseShape shape{g.shape.output_channels, g.shape.kernel_h, g.shape.kernel_w};
    auto packed = kernels.depthwise.pack_u8(shape, layer.weights, layer.bias, layer.multiplier);
    lowering.add_layer<DepthwiseLayer>(node.name, input, lowering.add_codes(*requantisation), Element::kU8, spec,
                                       std::move(packed));
    return Ok{};
  }
  const TensorId output =
      requantisation ? lowering.add_codes(*requantisation) : lowering.add_tensor(node.output(), Element::kF32);
  std::vector<ConvWay> ways{ConvWay::kDirect};
  if (requantisation && winograd_fits(g)) ways.push_back(ConvWay::kWinograd4);
  auto pack = [&kernels, shape = g.shape,
               held = std::make_shared<const IntegerLayer>(std::move(layer))](ConvWay way) -> Result<ConvPacking> {
    const auto& [weights, bias, multiplier] = *held;
    if (way == ConvWay::kDirect) {
      HEADRACE_TRY(auto packed, kernels::pack_conv_u8(kernels.conv_u8_geometry, shape, weights, bias, multiplier));
      return ConvPacking(std::move(packed));
    }
    const kernels::WinogradShape channels{shape.group_channels, shape.output_channels};
    HEADRACE_TRY(auto packed, kernels::WinogradLayer::pack_u8(kernels, channels, weights, bias, multiplier));
    return ConvPacking(std::move(packed));
  };
  lowering.add_layer<ConvLayer>(node.name, input, output, Element::kU8, spec, std::move(ways), std::move(pack));
  return Ok{};
}

// Relu and Clip behind a float layer become its bounds; returns the value that then is the layer's output.
const Value* absorb_clamp(Lowering& lowering, const Value* output, float& low, float& high) {
  const Node* reader = passes::only_reader(output);
  const auto clamp = reader != nullptr ? clamp_of(*reader) : std::nullopt;
  if (!clamp) return output;
  low = clamp->first, high = clamp->second;
  lowering.cover(reader);
  return reader->output();
}

Status lower_float(Lowering& lowering, const Node& node, const Geometry& g) {
  HEADRACE_TRY(const Tensor weights, lowering.constant_floats(g.weights));
  std::vector<float> bias;
  if (g.bias != nullptr) {
    HEADRACE_TRY(const Tensor values, lowering.constant_floats(g.bias));
    if (values.size() != static_cast<size_t>(g.shape.output_channels))
      return cannot(node, "its bias is not one per output channel");
    bias.assign(values.as<float>().begin(), values.as<float>().end());
  }
  HEADRACE_TRY(TensorId input, lowering.floats_of(g.input));
  if (needs_padding(g.window)) input = lowering.padded(input, 0);
  ConvSpec spec{.shape = g.shape, .window = g.window, .epilogue = {}};
  spec.epilogue.output = kernels::ConvOutput::kF32;
  const Value* value = absorb_clamp(lowering, node.output(), spec.epilogue.minimum_f32, spec.epilogue.maximum_f32);
  std::vector<float> ohwi = to_ohwi<float>(g, weights.as<float>());
  const TensorId output = lowering.add_tensor(value, Element::kF32);
  lowering.tensor(output).nonnegative = spec.epilogue.minimum_f32 >= 0;
  const auto& kernels = lowering.kernels();
  if (g.depthwise()) {
    const kernels::DepthwiseShape shape{g.shape.output_channels, g.shape.kernel_h, g.shape.kernel_w};
    bias.resize(g.shape.output_channels, 0);
    lowering.add_layer<DepthwiseLayer>(node.name, input, output, Element::kF32, spec,
                                       kernels.depthwise.pack_f32(shape, ohwi, bias));
    return Ok{};
  }
  std::vector<ConvWay> ways{ConvWay::kDirect};
  if (winograd_fits(g)) ways.insert(ways.end(), {ConvWay::kWinograd4, ConvWay::kWinograd2});
  auto pack = [&kernels, shape = g.shape,
               held = std::make_shared<const FloatLayer>(FloatLayer{std::move(ohwi), std::move(bias)})](
                  ConvWay way) -> Result<ConvPacking> {
    if (way == ConvWay::kDirect)
      return ConvPacking(kernels::pack_conv_f32(kernels.conv_f32_geometry, shape, held->weights, held->bias));
    const auto kind = way == ConvWay::kWinograd4 ? kernels::WinogradKind::kF32F4 : kernels::WinogradKind::kF32F2;
    const kernels::WinogradShape channels{shape.group_channels, shape.output_channels};
    return ConvPacking(kernels::WinogradLayer::pack_f32(kernels, kind, channels, held->weights, held->bias));
  };
  lowering.add_layer<ConvLayer>(node.name, input, output, Element::kF32, spec, std::move(ways), std::move(pack));
  return Ok{};
}

Status lower_layer(Lowering& lowering, const Node& node, const Geometry& g) {
  const Value* input = g.input;
  const auto codes = lowering.codes_of(input);
  const auto weights = codes ? lowering.integer_weights(g.weights, g.channel_axis) : std::nullopt;
  Status status = codes && weights ? lower_integer(lowering, node, g, *codes, *weights) : lower_float(lowering, node, g);
  if (!status.ok()) return std::move(status).error().at(node.describe());
  return Ok{};
}

}  // namespace

Status lower_conv(Lowering& lowering, const Node& node) {
  HEADRACE_TRY(const Geometry g, conv_geometry(node));
  return lower_layer(lowering, node, g);
}

Status lower_gemm(Lowering& lowering, const Node& node) {
  HEADRACE_TRY(const Geometry g, gemm_geometry(lowering, node));
  return lower_layer(lowering, node, g);
}

}  // namespace headrace::native
