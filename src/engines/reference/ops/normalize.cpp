#include "engines/reference/ops/normalize.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

// An input that holds one value per channel.
Result<std::span<const float>> per_channel(const OpCall& call, size_t index) {
  const Dims& dims = call.input().dims();
  HEADRACE_TRY(const auto values, floats(call, index));
  if (dims.size() < 2 || static_cast<int64_t>(values.size()) != dims[1])
    return invalid_model("its input " + std::to_string(index) + " holds " + std::to_string(values.size()) +
                         " values for a tensor of shape " + to_string(dims));
  return values;
}

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments_of(std::span<const float> values) {
  Moments moments;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) moments.mean += value / count;
  for (const float value : values) moments.variance += (value - moments.mean) * (value - moments.mean) / count;
  return moments;
}

}  // namespace

Result<Tensors> batch_normalization(const OpCall& call) {
  if (call.node.int_attribute("training_mode", 0) != 0) return unsupported("the reference engine does not train");
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto scale, per_channel(call, 1));
  HEADRACE_TRY(const auto bias, per_channel(call, 2));
  HEADRACE_TRY(const auto mean, per_channel(call, 3));
  HEADRACE_TRY(const auto variance, per_channel(call, 4));
  const double epsilon = call.node.float_attribute("epsilon", 1e-5f);
  const auto inner = static_cast<size_t>(product(call.input().dims(), 2));
  Tensor y = Tensor::allocate(DType::kFloat32, call.input().dims());
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t c = i / inner % scale.size();
    const double normal = (double{x[i]} - mean[c]) / std::sqrt(variance[c] + epsilon);
    y.as_mutable<float>()[i] = static_cast<float>(normal * scale[c] + bias[c]);
  }
  return Tensors{std::move(y)};
}

Result<Tensors> instance_normalization(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto scale, per_channel(call, 1));
  HEADRACE_TRY(const auto bias, per_channel(call, 2));
  const double epsilon = call.node.float_attribute("epsilon", 1e-5f);
  const auto inner = static_cast<size_t>(product(call.input().dims(), 2));
  Tensor y = Tensor::allocate(DType::kFloat32, call.input().dims());
  for (size_t plane = 0; inner > 0 && plane < x.size() / inner; ++plane) {
    const auto values = x.subspan(plane * inner, inner);
    const Moments moments = moments_of(values);
    const size_t c = plane % scale.size();
    for (size_t i = 0; i < inner; ++i)
      y.as_mutable<float>()[plane * inner + i] =
          static_cast<float>((values[i] - moments.mean) / std::sqrt(moments.variance + epsilon) * scale[c] + bias[c]);
  }
  return Tensors{std::move(y)};
}

Result<Tensors> layer_normalization(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto scale, floats(call, 1));
  const Dims& dims = call.input().dims();
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", -1), call.input().rank()));
  const Dims line_dims(dims.begin() + axis, dims.end());
  const auto line = static_cast<size_t>(product(line_dims, 0));
  std::span<const float> bias;
  if (call.has(2)) {
    HEADRACE_TRY(bias, floats(call, 2));
  }
  if (scale.size() != line || (!bias.empty() && bias.size() != line))
    return unsupported("the reference engine wants one scale and bias per normalised value");
  const double epsilon = call.node.float_attribute("epsilon", 1e-5f);
  Tensor y = Tensor::allocate(DType::kFloat32, dims);
  for (size_t begin = 0; begin < x.size(); begin += line) {
    const Moments moments = moments_of(x.subspan(begin, line));
    for (size_t i = 0; i < line; ++i) {
      const double normal = (x[begin + i] - moments.mean) / std::sqrt(moments.variance + epsilon);
      y.as_mutable<float>()[begin + i] = static_cast<float>(normal * scale[i] + (bias.empty() ? 0.0f : bias[i]));
    }
  }
  return Tensors{std::move(y)};
}

Result<Tensors> lrn(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  const Dims& dims = call.input().dims();
  const int64_t size = call.node.int_attribute("size", 1);
  if (dims.size() < 2 || size < 1) return invalid_model("it wants channels and a size of 1 or more");
  const double alpha = call.node.float_attribute("alpha", 1e-4f), beta = call.node.float_attribute("beta", 0.75f);
  const double bias = call.node.float_attribute("bias", 1);
  const int64_t channels = dims[1], inner = product(dims, 2);
  Tensor y = Tensor::allocate(DType::kFloat32, dims);
  for (int64_t i = 0; i < static_cast<int64_t>(x.size()); ++i) {
    const int64_t c = i / inner % channels;
    double squares = 0;
    for (int64_t other = std::max<int64_t>(c - (size - 1) / 2, 0); other <= std::min(c + size / 2, channels - 1); ++other) {
      const double value = x[static_cast<size_t>(i + (other - c) * inner)];
      squares += value * value;
    }
    y.as_mutable<float>()[static_cast<size_t>(i)] =
        static_cast<float>(x[static_cast<size_t>(i)] / std::pow(bias + alpha / static_cast<double>(size) * squares, beta));
  }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
