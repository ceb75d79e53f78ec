#include "engines/reference/ops/conv.h"

#include "engines/reference/ops/convolve.h"

namespace headrace::reference {
namespace {

Result<std::span<const float>> bias_of(const OpCall& call, int64_t channels) {
  if (!call.has(2)) return std::span<const float>();
  HEADRACE_TRY(const auto bias, floats(call, 2));
  if (call.input(2).dims() != Dims{channels}) return invalid_model("its bias is " + to_string(call.input(2).dims()));
  return bias;
}

}  // namespace

Result<ConvShape> conv_shape(const Node& node, const Dims& x, const Dims& w) {
  if (x.size() < 3 || w.size() != x.size())
    return invalid_model("an input of shape " + to_string(x) + " is convolved with weights of shape " + to_string(w));
  ConvShape shape{x[0], node.int_attribute("group", 1), w[1], w[0], {}};
  if (shape.groups < 1 || shape.out_channels % shape.groups != 0 || x[1] != shape.groups * shape.in_channels)
    return invalid_model("weights of shape " + to_string(w) + " in " + std::to_string(shape.groups) +
                         " groups do not fit an input of shape " + to_string(x));
  HEADRACE_TRY(shape.window, window_of(node, x, Dims(w.begin() + 2, w.end())));
  return shape;
}

Result<Tensors> conv(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto w, floats(call, 1));
  HEADRACE_TRY(const ConvShape shape, conv_shape(call.node, call.input(0).dims(), call.input(1).dims()));
  HEADRACE_TRY(const auto bias, bias_of(call, shape.out_channels));
  HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, output_dims(shape.window, call.input().dims(), shape.out_channels)));
  float* to = y.as_mutable<float>().data();
  convolve<double>(shape, x.data(), w.data(), call.threads, [&](int64_t n, int64_t oc, const std::vector<double>& sums) {
    float* plane = to + (n * shape.out_channels + oc) * static_cast<int64_t>(sums.size());
    const double offset = bias.empty() ? 0 : bias[static_cast<size_t>(oc)];
    for (size_t i = 0; i < sums.size(); ++i) plane[i] = static_cast<float>(sums[i] + offset);
  });
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
