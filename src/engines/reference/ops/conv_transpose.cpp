// ConvTranspose: every input value adds its weights' pattern to the output.
#include <algorithm>

#include "engines/reference/ops/conv.h"
#include "engines/reference/ops/window.h"

namespace headrace::reference {
namespace {

// One spatial axis; the output's extent in `out`, and the padding that is cut off it in pad_begin.
Result<WindowAxis> axis_of(const Node& node, size_t index, size_t count, int64_t in, int64_t kernel) {
  const auto value = [&](std::string_view key, size_t at, int64_t otherwise) {
    const Dims values = node.ints_attribute(key);
    return at < values.size() ? values[at] : otherwise;
  };
  WindowAxis axis{in,
                  kernel,
                  value("strides", index, 1),
                  value("dilations", index, 1),
                  value("pads", index, 0),
                  value("pads", count + index, 0),
                  0};
  const int64_t extra = value("output_padding", index, 0), wanted = value("output_shape", index, 0);
  constexpr int64_t kMost = 1 << 30;
  if (axis.stride < 1 || axis.dilation < 1 || std::max({axis.stride, axis.dilation, kernel, in}) > kMost || kernel < 1)
    return invalid_model("its strides, dilations or kernel are not positive");
  const int64_t whole = axis.stride * (in - 1) + extra + (kernel - 1) * axis.dilation + 1;
  const std::string mode = node.string_attribute("auto_pad", "NOTSET");
  const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
  if (wanted > 0 || same) {
    const int64_t total = std::max<int64_t>(whole - (wanted > 0 ? wanted : in * axis.stride), 0);
    axis.pad_begin = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    axis.pad_end = total - axis.pad_begin;
  }
  axis.out = whole - axis.pad_begin - axis.pad_end;
  if (axis.out < 1) return invalid_model("it would give an extent of " + std::to_string(axis.out));
  return axis;
}

// sums[p * stride + k * dilation - pad] += x[p] * w[k], in both axes.
void scatter(const Window& window, const float* x, const float* w, std::vector<double>& sums) {
  const WindowAxis &height = window.height, &width = window.width;
  for (int64_t ih = 0; ih < height.in; ++ih)
    for (int64_t kh = 0; kh < height.kernel; ++kh) {
      const int64_t oh = height.position(ih, kh);
      if (oh < 0 || oh >= height.out) continue;
      for (int64_t iw = 0; iw < width.in; ++iw)
        for (int64_t kw = 0; kw < width.kernel; ++kw) {
          const int64_t ow = width.position(iw, kw);
          if (ow >= 0 && ow < width.out)
            sums[static_cast<size_t>(oh * width.out + ow)] += double{x[ih * width.in + iw]} * w[kh * width.kernel + kw];
        }
    }
}

}  // namespace

Result<Tensors> conv_transpose(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto w, floats(call, 1));
  const Dims &dims = call.input(0).dims(), &kernel = call.input(1).dims();
  const int64_t groups = call.node.int_attribute("group", 1);
  if (dims.size() < 3 || dims.size() > 4) return unsupported("the reference engine knows one or two spatial axes");
  if (kernel.size() != dims.size() || groups < 1 || dims[1] != kernel[0] || kernel[0] % groups != 0)
    return invalid_model("weights of shape " + to_string(kernel) + " do not fit an input of shape " + to_string(dims));
  Window window;
  const size_t count = dims.size() - 2;
  if (count == 2) {
    HEADRACE_TRY(window.height, axis_of(call.node, 0, count, dims[2], kernel[2]));
  }
  HEADRACE_TRY(window.width, axis_of(call.node, count - 1, count, dims.back(), kernel.back()));
  const int64_t channels = kernel[1] * groups, ic_group = dims[1] / groups;
  std::span<const float> bias;
  if (call.has(2)) {
    HEADRACE_TRY(bias, floats(call, 2));
    if (static_cast<int64_t>(bias.size()) != channels) return invalid_model("its bias does not fit its weights");
  }
  HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, output_dims(window, dims, channels)));
  const int64_t plane = window.height.in * window.width.in, taps = window.height.kernel * window.width.kernel;
  float* to = y.as_mutable<float>().data();
  for (int64_t n = 0; n < dims[0]; ++n)
    for (int64_t oc = 0; oc < channels; ++oc) {
      const int64_t group = oc / kernel[1];
      std::vector<double> sums(static_cast<size_t>(window.height.out * window.width.out),
                               bias.empty() ? 0 : bias[static_cast<size_t>(oc)]);
      for (int64_t ic = group * ic_group; ic < (group + 1) * ic_group; ++ic)
        scatter(window, x.data() + (n * dims[1] + ic) * plane, w.data() + (ic * kernel[1] + oc % kernel[1]) * taps, sums);
      to = std::transform(sums.begin(), sums.end(), to, [](double sum) { return static_cast<float>(sum); });
    }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
