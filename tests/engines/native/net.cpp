#include "engines/native/net.h"

#include <cmath>

namespace headrace::testing {
namespace {

using Ints = std::vector<int64_t>;

template <typename T>
Tensor vector_of(const std::vector<T>& values) {
  return Tensor::from<T>({static_cast<int64_t>(values.size())}, values);
}

// Unknown extents get names of their own, so that shape inference does not take one for the other.
Value* input(ModelBuilder& builder, int index, const Dims& dims) {
  Value* value = builder.input("x" + std::to_string(index), dims);
  const char* names[] = {"N", "C", "H", "W"};
  for (size_t i = 0; i < value->shape->size(); ++i)
    if (!(*value->shape)[i].known()) (*value->shape)[i].symbol = names[i];
  return value;
}

}  // namespace

Value* Net::zero_point(int zero) {
  if (arithmetic_ == Arithmetic::kSignedCodes) return constant(Tensor::scalar(static_cast<int8_t>(zero - 128)));
  return constant(Tensor::scalar(static_cast<uint8_t>(zero)));
}

Value* Net::through_codes(Value* value, Scale scale, int channels) {
  if (arithmetic_ != Arithmetic::kFloat) {
    Value *s = constant(Tensor::scalar(scale.scale)), *zero = zero_point(scale.zero);
    value = builder_.node("DequantizeLinear", {builder_.node("QuantizeLinear", {value, s, zero}), s, zero});
  }
  scales_[value] = scale;
  channels_[value] = channels;
  return value;
}

Value* Net::picture(int channels, int height, int width) {
  return through_codes(input(builder_, count_++, {-1, channels, height, width}), 0.0173f, channels);
}

Value* Net::vector(int channels) { return through_codes(input(builder_, count_++, {-1, channels}), 0.0173f, channels); }

Value* Net::activated(Value* value, const std::string& activation, float scale) {
  if (activation == "Relu") return builder_.node("Relu", {value});
  if (activation == "Clip") {
    const float bound = arithmetic_ == Arithmetic::kFloat ? 6.0f : 100.4f * scale;
    return builder_.node("Clip", {value, constant(Tensor::scalar(0.0f)), constant(Tensor::scalar(bound))});
  }
  return value;
}

Net::Weights Net::float_weights(const Dims& dims, int64_t fan_in) {
  std::vector<float> values, bias;
  int64_t count = 1;
  for (const int64_t extent : dims) count *= extent;
  const float width = std::sqrt(3.0f / static_cast<float>(fan_in));
  for (int64_t i = 0; i < count; ++i) values.push_back(uniform(-width, width));
  for (int64_t i = 0; i < dims[0]; ++i) bias.push_back(uniform(-0.5f, 0.5f));
  return {constant(Tensor::from<float>(dims, values)), constant(vector_of(bias)), 1};
}

Net::Weights Net::weights(Value* x, const Dims& dims, int64_t fan_in) {
  if (arithmetic_ == Arithmetic::kFloat) return float_weights(dims, fan_in);
  const auto channels = static_cast<size_t>(dims[0]);
  int64_t count = 1;
  for (const int64_t extent : dims) count *= extent;
  std::vector<int8_t> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<int8_t>(below(256) - 128));
  std::vector<float> scales, bias_scales;
  std::vector<int32_t> bias;
  for (size_t c = 0; c < channels; ++c) {
    scales.push_back(uniform(0.003f, 0.009f));
    bias_scales.push_back(scales_.at(x).scale * scales.back());
    bias.push_back(below(20001) - 10000);
  }
  const std::map<std::string, Attribute> axis{{"axis", int64_t{0}}};
  Value* zeros = constant(vector_of(std::vector<int8_t>(channels, 0)));
  Value* w =
      builder_.node("DequantizeLinear", {constant(Tensor::from<int8_t>(dims, values)), constant(vector_of(scales)), zeros}, axis);
  Value* b = builder_.node("DequantizeLinear", {constant(vector_of(bias)), constant(vector_of(bias_scales))}, axis);
  // Codes have a deviation of about 74; sums are to fill the output's codes and saturate now and then.
  return {w, b, scales_.at(x).scale * 0.006f * 74 * 74 * std::sqrt(static_cast<float>(fan_in)) / uniform(40, 80)};
}

Value* Net::conv(Value* x, const LayerShape& shape) {
  const int in = channels_.at(x) / shape.groups, reach = shape.dilation * (shape.kernel - 1);
  const Ints same{reach / 2, reach / 2, reach - reach / 2, reach - reach / 2};
  const Weights w = weights(x, {shape.channels, in, shape.kernel, shape.kernel}, int64_t{in} * shape.kernel * shape.kernel);
  Value* y = builder_.node("Conv", {x, w.weights, w.bias},
                           {{"group", int64_t{shape.groups}},
                            {"strides", Ints{shape.stride, shape.stride}},
                            {"dilations", Ints{shape.dilation, shape.dilation}},
                            {"kernel_shape", Ints{shape.kernel, shape.kernel}},
                            {"pads", shape.pads.empty() ? same : shape.pads}});
  return through_codes(activated(y, shape.activation, w.output_scale), w.output_scale, shape.channels);
}

Value* Net::depthwise(Value* x, LayerShape shape) {
  shape.channels = shape.groups = channels_.at(x);
  return conv(x, shape);
}

Value* Net::gemm(Value* x, int inputs, int channels, bool ends_in_float) {
  const Weights w = weights(x, {channels, inputs}, inputs);
  Value* y = builder_.node("Gemm", {x, w.weights, w.bias}, {{"transB", int64_t{1}}});
  return ends_in_float ? y : through_codes(y, w.output_scale, channels);
}

Value* Net::add(Value* a, Value* b, const std::string& activation) {
  const float scale = (scales_.at(a).scale + scales_.at(b).scale) * uniform(0.4f, 1.1f);
  return through_codes(activated(builder_.node("Add", {a, b}), activation, scale), scale, channels_.at(a));
}

Value* Net::multiply(Value* a, Value* b) {
  const float scale = scales_.at(a).scale * scales_.at(b).scale * uniform(20, 60);
  return through_codes(builder_.node("Mul", {a, b}), scale, channels_.at(a));
}

Value* Net::activation(Value* x, const std::string& op, const std::map<std::string, Attribute>& attributes) {
  const bool bounded = op == "Sigmoid" || op == "HardSigmoid" || op == "Tanh";
  const float scale = bounded ? uniform(0.004f, 0.009f) : scales_.at(x).scale * uniform(0.4f, 1.0f);
  return through_codes(builder_.node(op, {x}, attributes), scale, channels_.at(x));
}

Value* Net::gated(Value* x, const std::string& gate, const std::map<std::string, Attribute>& attributes) {
  Value* y = builder_.node("Mul", {x, builder_.node(gate, {x}, attributes)});
  return through_codes(y, scales_.at(x).scale * uniform(0.4f, 1.0f), channels_.at(x));
}

Value* Net::global_mean(Value* x) {
  return through_codes(builder_.node("GlobalAveragePool", {x}), scales_.at(x).scale * uniform(0.2f, 0.9f), channels_.at(x));
}

Value* Net::pool(Value* x, const std::string& op, const std::map<std::string, Attribute>& attributes) {
  Value* y = builder_.node(op, {x}, attributes);
  if (op == "MaxPool") return through_codes(y, scales_.at(x), channels_.at(x));
  return through_codes(y, scales_.at(x).scale * uniform(0.4f, 0.9f), channels_.at(x));
}

Value* Net::concat(const std::vector<Value*>& values) {
  int channels = 0;
  for (Value* value : values) channels += channels_.at(value);
  // The first one's scale: its codes are then moved as they are.
  return through_codes(builder_.node("Concat", values, {{"axis", int64_t{1}}}), scales_.at(values[0]), channels);
}

Value* Net::enlarged(Value* x, int factor_h, int factor_w) {
  const std::vector<float> scales{1, 1, static_cast<float>(factor_h), static_cast<float>(factor_w)};
  Value* y =
      builder_.node("Resize", {x, nullptr, constant(vector_of(scales))},
                    {{"coordinate_transformation_mode", std::string("asymmetric")}, {"nearest_mode", std::string("floor")}});
  return through_codes(y, scales_.at(x), channels_.at(x));
}

Value* Net::flattened(Value* x) { return through_codes(builder_.node("Flatten", {x}), scales_.at(x), channels_.at(x)); }

}  // namespace headrace::testing
