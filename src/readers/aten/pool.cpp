// Pools. PyTorch's ceil_mode drops a window that would begin in the padding at the end, and ONNX's does not; so where the sizes
// are known the padding at the end says what is meant.
#include <algorithm>

#include "readers/aten/shapes.h"
#include "readers/aten/spatial.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

constexpr int64_t kMaxWindows = 256;

struct Window {
  Ints kernel, stride, padding, dilation, end;  // `end`: padding at the end of each axis
  bool ceil_mode = false;                       // left for the engine to do
  bool overhangs = false;                       // a window reaches past the padding that was asked for
};

size_t spatial_axes(const Call& call) {
  return static_cast<size_t>(call.op().find("1d") != std::string::npos ? 1 : call.op().find("2d") != std::string::npos ? 2 : 3);
}

void settle_ceil_mode(const Value* input, const Shape& output, Window& window) {
  const size_t axes = window.kernel.size();
  for (size_t i = 0; i < axes; ++i) {
    const Dim& in = dim_of(input, static_cast<int64_t>(i) + 2);
    const Dim& out = output.at(output.size() - axes + i);
    if (!in.known() || !out.known()) {
      window.ceil_mode = true;
      continue;
    }
    const int64_t reach = (out.extent - 1) * window.stride[i] + window.dilation[i] * (window.kernel[i] - 1) + 1;
    const int64_t needed = reach - in.extent - window.padding[i];
    window.overhangs |= needed > window.padding[i];
    window.end[i] = std::max(window.padding[i], needed);
  }
  if (window.ceil_mode) window.end = window.padding;
}

Window window_of(Call& call, const Value* input) {
  const size_t axes = spatial_axes(call);
  Window window;
  window.kernel = per_axis(call.ints("kernel_size"), axes);
  window.stride = per_axis(call.ints("stride", window.kernel), axes);
  window.padding = per_axis(call.ints("padding", {0}), axes);
  window.dilation = per_axis(call.ints("dilation", {1}), axes);
  window.end = window.padding;
  if (call.flag("ceil_mode", false)) settle_ceil_mode(input, call.output_shape(), window);
  return window;
}

Attributes attributes_of(const Window& window) {
  Ints pads = window.padding;
  pads.insert(pads.end(), window.end.begin(), window.end.end());
  Attributes attributes{{"kernel_shape", window.kernel}, {"strides", window.stride}, {"pads", pads}};
  if (window.ceil_mode) attributes["ceil_mode"] = 1;
  return attributes;
}

void max_pool(Call& call) {
  Batched input(call.b, call.tensor("self"), spatial_axes(call));
  const Window window = window_of(call, input.value());
  Attributes attributes = attributes_of(window);
  attributes["dilations"] = window.dilation;
  call.result(input.restored(call.b.op("MaxPool", {input.value()}, attributes)));
}

// With zeros around, for windows that overhang padding which counts.
Value* zero_padded(Builder& b, Value* value, const Ints& padding) {
  Ints pads(2, 0);
  pads.insert(pads.end(), padding.begin(), padding.end());
  return b.op("Pad", {value, b.ints(both_sides(pads)), b.number(0, value->dtype)});
}

void avg_pool(Call& call) {
  Batched input(call.b, call.tensor("self"), spatial_axes(call));
  Window window = window_of(call, input.value());
  bool count_padding = call.flag("count_include_pad", true);
  Value* value = input.value();
  if (window.overhangs && count_padding) {
    const bool padded = std::any_of(window.padding.begin(), window.padding.end(), [](int64_t p) { return p > 0; });
    if (padded) {
      value = zero_padded(call.b, value, window.padding);
      for (size_t i = 0; i < window.end.size(); ++i) window.end[i] -= window.padding[i];
      window.padding.assign(window.padding.size(), 0);
    }
    count_padding = false;
  }
  const bool has_divisor = call.has("divisor_override");
  if (has_divisor && window.overhangs) refuse("divisor_override together with ceil_mode");
  Attributes attributes = attributes_of(window);
  attributes["count_include_pad"] = has_divisor || count_padding ? 1 : 0;
  Value* mean = call.b.op("AveragePool", {value}, attributes);
  if (has_divisor) {
    double area = 1;
    for (const int64_t extent : window.kernel) area *= static_cast<double>(extent);
    mean = call.b.op("Mul", {mean, call.b.number(area / call.real("divisor_override"), value->dtype)});
  }
  call.result(input.restored(mean));
}

// The bounds of PyTorch's adaptive windows.
int64_t window_start(int64_t i, int64_t in, int64_t out) { return i * in / out; }
int64_t window_end(int64_t i, int64_t in, int64_t out) { return ((i + 1) * in + out - 1) / out; }

// The target sizes; where an axis keeps its size the target is that size.
Ints target_sizes(Call& call, const Value* input, size_t axes) {
  const std::vector<Size> sizes = call.sizes("output_size");
  Ints targets;
  for (size_t i = 0; i < axes; ++i) {
    const Size& size = sizes.size() == 1 ? sizes.front() : sizes.at(i);
    if (!size.constant()) refuse("its output size is known at run time alone");
    if (*size.constant() < 1) malformed("an output size below 1");
    targets.push_back(*size.constant());
    if (targets.back() != 1) extent_of(input, static_cast<int64_t>(i) + 2);  // must be known
  }
  return targets;
}

bool divides(const Value* input, const Ints& targets, Attributes& attributes) {
  Ints kernel;
  for (size_t i = 0; i < targets.size(); ++i) {
    const Dim& dim = dim_of(input, static_cast<int64_t>(i) + 2);
    if (!dim.known() || dim.extent % targets[i] != 0) return false;
    kernel.push_back(dim.extent / targets[i]);
  }
  attributes = {{"kernel_shape", kernel}, {"strides", kernel}};
  return true;
}

// A mean along one axis is a product with a matrix [in, out] of weights.
Value* mean_along(Builder& b, Value* value, int64_t axis, int64_t rank, int64_t in, int64_t out) {
  if (in > 4096 || out > 4096) refuse("an adaptive pool of that size");
  std::vector<float> matrix(static_cast<size_t>(in * out), 0.0F);
  for (int64_t i = 0; i < out; ++i) {
    const int64_t start = window_start(i, in, out), end = window_end(i, in, out);
    for (int64_t k = start; k < end; ++k) matrix[static_cast<size_t>(k * out + i)] = 1.0F / static_cast<float>(end - start);
  }
  Value* weights = b.cast(b.constant("adaptive_weights", Tensor::from(Dims{in, out}, matrix)), value->dtype);
  Ints permutation;
  for (int64_t i = 0; i < rank; ++i) permutation.push_back(i);
  std::swap(permutation.at(static_cast<size_t>(axis)), permutation.back());
  return transposed(b, b.op("MatMul", {transposed(b, value, permutation), weights}), permutation);
}

Value* most_along(Builder& b, Value* value, int64_t axis, int64_t in, int64_t out) {
  if (out > kMaxWindows) refuse("an adaptive maximum with " + std::to_string(out) + " windows that differ");
  std::vector<Value*> parts;
  for (int64_t i = 0; i < out; ++i)
    parts.push_back(
        b.op("ReduceMax", {sliced(b, value, axis, window_start(i, in, out), window_end(i, in, out)), b.ints({axis})}));
  return b.op("Concat", parts, {{"axis", axis}});
}

Value* adaptive(Call& call, Value* input, const Ints& targets, bool mean) {
  Builder& b = call.b;
  Attributes attributes;
  if (std::all_of(targets.begin(), targets.end(), [](int64_t target) { return target == 1; }))
    return b.op(mean ? "GlobalAveragePool" : "GlobalMaxPool", {input});
  if (divides(input, targets, attributes)) return b.op(mean ? "AveragePool" : "MaxPool", {input}, attributes);
  Value* value = input;
  for (size_t i = 0; i < targets.size(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    if (targets[i] == 1) {
      value = b.op(mean ? "ReduceMean" : "ReduceMax", {value, b.ints({axis})});
      continue;
    }
    const int64_t in = extent_of(input, axis);
    if (in == targets[i]) continue;
    value = mean ? mean_along(b, value, axis, rank_of(input), in, targets[i]) : most_along(b, value, axis, in, targets[i]);
  }
  return value;
}

void adaptive_pool(Call& call) {
  const bool mean = call.op().find("avg") != std::string::npos;
  Batched input(call.b, call.tensor("self"), spatial_axes(call));
  call.result(input.restored(adaptive(call, input.value(), target_sizes(call, input.value(), spatial_axes(call)), mean)));
}

constexpr Entry kOps[] = {
    {"aten.max_pool1d", max_pool},
    {"aten.max_pool2d", max_pool},
    {"aten.max_pool3d", max_pool},
    {"aten.max_pool2d_with_indices", max_pool},
    {"aten.max_pool3d_with_indices", max_pool},
    {"aten.max_pool1d_with_indices", max_pool},
    {"aten.avg_pool1d", avg_pool},
    {"aten.avg_pool2d", avg_pool},
    {"aten.avg_pool3d", avg_pool},
    {"aten.adaptive_avg_pool1d", adaptive_pool},
    {"aten.adaptive_avg_pool2d", adaptive_pool},
    {"aten.adaptive_avg_pool3d", adaptive_pool},
    {"aten._adaptive_avg_pool2d", adaptive_pool},
    {"aten._adaptive_avg_pool3d", adaptive_pool},
    {"aten.adaptive_max_pool1d", adaptive_pool},
    {"aten.adaptive_max_pool2d", adaptive_pool},
    {"aten.adaptive_max_pool3d", adaptive_pool},
};

}  // namespace

std::span<const Entry> pool_ops() { return kOps; }

}  // namespace headrace::aten
