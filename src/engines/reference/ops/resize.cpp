// Resize, one axis after the other: an output position is a weighted sum of a few input positions. In double until the end.
#include <algorithm>
#include <cmath>
#include <string>

#include "engines/reference/ops/layout.h"

namespace headrace::reference {
namespace {

struct Tap {
  int64_t index;
  double weight;
};
using AxisTaps = std::vector<std::vector<Tap>>;  // per output position

struct Modes {
  std::string mode, coordinates, nearest;
  double cubic;
  bool exclude_outside;
};

// Where output position `o` lies in the input.
double coordinate(const Modes& modes, int64_t o, int64_t in, int64_t out, double scale) {
  const auto position = static_cast<double>(o);
  if (modes.coordinates == "asymmetric") return position / scale;
  if (modes.coordinates == "align_corners")
    return out == 1 ? 0 : position * static_cast<double>(in - 1) / static_cast<double>(out - 1);
  if (modes.coordinates == "pytorch_half_pixel" && out == 1) return 0;
  const double half_pixel = (position + 0.5) / scale - 0.5;
  if (modes.coordinates != "half_pixel_symmetric") return half_pixel;
  const double adjustment = static_cast<double>(out) / (scale * static_cast<double>(in));
  return static_cast<double>(in) / 2 * (1 - adjustment) + half_pixel;
}

double nearest(const std::string& mode, double x) {
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  const bool tie = x - std::floor(x) == 0.5;
  if (tie) return mode == "round_prefer_ceil" ? std::ceil(x) : std::floor(x);
  return std::round(x);
}

// Keys' cubic kernel at distance d.
double cubic_weight(double a, double d) {
  d = std::fabs(d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

std::vector<Tap> taps_at(const Modes& modes, double x, int64_t in) {
  const auto inside = [in](double index) { return static_cast<int64_t>(std::clamp(index, 0.0, static_cast<double>(in - 1))); };
  if (modes.mode == "nearest") return {{inside(nearest(modes.nearest, x)), 1}};
  if (modes.mode == "linear") x = std::clamp(x, 0.0, static_cast<double>(in - 1));
  const double low = std::floor(x);
  if (modes.mode == "linear") return {{inside(low), 1 - (x - low)}, {inside(low + 1), x - low}};
  std::vector<Tap> taps;
  double sum = 0;
  for (double index = low - 1; index <= low + 2; ++index) {
    const bool outside = index < 0 || index >= static_cast<double>(in);
    taps.push_back({inside(index), outside && modes.exclude_outside ? 0 : cubic_weight(modes.cubic, x - index)});
    sum += taps.back().weight;
  }
  for (Tap& tap : taps) tap.weight /= modes.exclude_outside ? sum : 1;
  return taps;
}

std::vector<double> resize_axis(const std::vector<double>& x, const Dims& dims, size_t axis, const AxisTaps& taps) {
  const auto outer = static_cast<size_t>(product(dims, 0, axis)), inner = static_cast<size_t>(product(dims, axis + 1));
  const auto extent = static_cast<size_t>(dims[axis]);
  std::vector<double> y(outer * taps.size() * inner, 0);
  for (size_t o = 0; o < outer; ++o)
    for (size_t position = 0; position < taps.size(); ++position)
      for (const Tap& tap : taps[position]) {
        const double* from = x.data() + (o * extent + static_cast<size_t>(tap.index)) * inner;
        double* to = y.data() + (o * taps.size() + position) * inner;
        for (size_t i = 0; i < inner; ++i) to[i] += tap.weight * from[i];
      }
  return y;
}

Result<Modes> modes_of(const Node& node) {
  Modes modes{node.string_attribute("mode", "nearest"), node.string_attribute("coordinate_transformation_mode", "half_pixel"),
              node.string_attribute("nearest_mode", "round_prefer_floor"), node.float_attribute("cubic_coeff_a", -0.75f),
              node.int_attribute("exclude_outside", 0) != 0};
  if (modes.coordinates == "tf_crop_and_resize" || node.int_attribute("antialias", 0) != 0 ||
      node.string_attribute("keep_aspect_ratio_policy", "stretch") != "stretch")
    return unsupported("the reference engine knows neither cropping, nor antialiasing, nor kept aspect ratios");
  return modes;
}

struct Extents {
  Dims out;
  std::vector<double> scales;
};

Result<Extents> extents_of(const OpCall& call) {
  const Dims& dims = call.input().dims();
  Dims axes = call.node.ints_attribute("axes");
  if (axes.empty())
    for (size_t axis = 0; axis < dims.size(); ++axis) axes.push_back(static_cast<int64_t>(axis));
  const bool by_size = call.has(3) && call.input(3).size() > 0;
  if (!by_size && !(call.has(2) && call.input(2).size() > 0)) return invalid_model("it has neither scales nor sizes");
  if (call.input(by_size ? 3 : 2).size() != axes.size()) return invalid_model("its scales or sizes do not fit its input");
  Extents extents{dims, std::vector<double>(dims.size(), 1)};
  for (size_t i = 0; i < axes.size(); ++i) {
    HEADRACE_TRY(const int64_t axis, axis_in(axes[i], call.input().rank()));
    const auto at = static_cast<size_t>(axis);
    const auto in = static_cast<double>(dims[at]);
    if (by_size) {
      HEADRACE_TRY(const Dims sizes, integers(call, 3));
      extents.out[at] = sizes[i];
      extents.scales[at] = static_cast<double>(sizes[i]) / in;
    } else {
      HEADRACE_TRY(const auto scales, floats(call, 2));
      extents.scales[at] = scales[i];
      extents.out[at] = scales[i] > 0 && scales[i] < 1e6 ? static_cast<int64_t>(std::floor(in * extents.scales[at])) : -1;
    }
    if (extents.out[at] < 1 || dims[at] < 1)
      return invalid_model("it would give an extent of " + std::to_string(extents.out[at]));
  }
  return extents;
}

}  // namespace

Result<Tensors> resize(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const Modes modes, modes_of(call.node));
  HEADRACE_TRY(const Extents extents, extents_of(call));
  HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, extents.out));
  Dims dims = call.input().dims();
  std::vector<double> values(x.begin(), x.end());
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    if (extents.out[axis] == dims[axis] && extents.scales[axis] == 1) continue;
    AxisTaps taps;
    for (int64_t o = 0; o < extents.out[axis]; ++o)
      taps.push_back(taps_at(modes, coordinate(modes, o, dims[axis], extents.out[axis], extents.scales[axis]), dims[axis]));
    values = resize_axis(values, dims, axis, taps);
    dims[axis] = extents.out[axis];
  }
  for (size_t i = 0; i < values.size(); ++i) y.as_mutable<float>()[i] = static_cast<float>(values[i]);
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
