// Interpolation, and sampling at given places.
#include <algorithm>
#include <cmath>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

struct Method {
  std::string mode, coordinates, nearest_mode;
};

// The factors that the caller gave, which PyTorch computes the coordinates with; the forms with four arguments name them by axis.
std::vector<double> given_scales(Call& call, int64_t axes) {
  if (call.has("scale_factors")) return call.reals("scale_factors");
  if (call.has("scales")) return {call.real("scales")};
  std::vector<double> scales;
  for (const std::string_view name : {"scales_d", "scales_h", "scales_w"})
    if (call.has(name)) scales.push_back(call.real(name));
  return static_cast<int64_t>(scales.size()) == axes ? scales : std::vector<double>{};
}

// By its scale where PyTorch was given one or the sizes tell a whole one; by its size else. (A scale that is no whole number
// would be rounded, and the size it gives with it.)
Value* resized(Call& call, const Method& method) {
  Builder& b = call.b;
  Value* x = call.tensor(call.has("self") ? "self" : "input");
  const int64_t rank = rank_of(x);
  Attributes attributes{{"mode", method.mode}, {"coordinate_transformation_mode", method.coordinates}};
  if (!method.nearest_mode.empty()) attributes["nearest_mode"] = method.nearest_mode;
  if (method.mode == "cubic") attributes["cubic_coeff_a"] = -0.75F;
  std::vector<float> scales(2, 1.0F);
  bool by_scale = true;
  const std::vector<double> given = given_scales(call, rank - 2);
  for (int64_t axis = 2; axis < rank; ++axis) {
    const Dim &from = dim_of(x, axis), &to = call.output_shape().at(static_cast<size_t>(axis));
    const auto i = static_cast<size_t>(axis - 2);
    if (i < given.size()) scales.push_back(static_cast<float>(given[i]));
    else if (from.known() && to.known() && from.extent > 0 && to.extent % from.extent == 0)
      scales.push_back(static_cast<float>(to.extent / from.extent));
    else by_scale = false;
  }
  if (by_scale) {
    call.ignore({"output_size"});
    return b.op("Resize", {x, nullptr, b.constant("scales", Tensor::from(Dims{rank}, scales))}, attributes);
  }
  Ints axes;
  for (int64_t axis = 2; axis < rank; ++axis) axes.push_back(axis);
  attributes["axes"] = axes;
  return b.op("Resize", {x, nullptr, nullptr, emit(b, call.sizes("output_size"))}, attributes);
}

void nearest(Call& call) { call.result(resized(call, {"nearest", "asymmetric", "floor"})); }
void nearest_exact(Call& call) { call.result(resized(call, {"nearest", "half_pixel", "round_prefer_ceil"})); }
void linear(Call& call) {
  const bool corners = call.flag("align_corners", false);
  call.result(resized(call, {"linear", corners ? "align_corners" : "half_pixel", ""}));
}
void cubic(Call& call) {
  const bool corners = call.flag("align_corners", false);
  call.result(resized(call, {"cubic", corners ? "align_corners" : "half_pixel", ""}));
}
// One row of weights per output element: PyTorch's antialiased filters, a triangle or a cubic with a = -0.5, widened by the
// scale.
double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }
double cubic_filter(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

Value* antialiased_weights(Builder& b, int64_t in, int64_t out, bool corners, bool is_cubic, DType dtype) {
  if (in < 1 || out < 1 || in > 8192 || out > 8192) refuse("antialiased interpolation of that size");
  const double scale = corners ? (out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0)
                               : static_cast<double>(in) / static_cast<double>(out);
  const double stretch = std::max(scale, 1.0), support = (is_cubic ? 2 : 1) * stretch;
  std::vector<float> matrix(static_cast<size_t>(in * out), 0.0F);
  for (int64_t i = 0; i < out; ++i) {
    const double centre = scale * (static_cast<double>(i) + 0.5);
    const auto first = std::max<int64_t>(static_cast<int64_t>(centre - support + 0.5), 0);
    const auto last = std::min<int64_t>(static_cast<int64_t>(centre + support + 0.5), in);
    std::vector<double> weights;
    double total = 0;
    for (int64_t k = first; k < last; ++k) {
      const double at = (static_cast<double>(k) - centre + 0.5) / stretch;
      weights.push_back(is_cubic ? cubic_filter(at) : triangle(at));
      total += weights.back();
    }
    for (size_t k = 0; k < weights.size(); ++k)
      matrix[static_cast<size_t>(i * in + first) + k] = static_cast<float>(total != 0 ? weights[k] / total : weights[k]);
  }
  return b.cast(b.constant("resize_weights", Tensor::from(Dims{out, in}, matrix)), dtype);
}

// Antialiasing differs from engine to engine; as products with matrices it is what PyTorch computes.
void antialiased(Call& call, bool is_cubic) {
  Builder& b = call.b;
  Value* x = call.tensor(call.has("self") ? "self" : "input");
  const bool corners = call.flag("align_corners", false);
  if (call.has("scale_factors")) refuse("antialiased interpolation by a scale; give the size");
  call.ignore({"output_size", "scales_h", "scales_w"});
  const auto weights = [&](int64_t axis) {
    const Dim& out = call.output_shape().at(static_cast<size_t>(axis));
    if (!out.known()) refuse("antialiased interpolation to a dynamic size");
    return antialiased_weights(b, extent_of(x, axis), out.extent, corners, is_cubic, x->dtype);
  };
  Value* wide = b.op("MatMul", {x, transposed(b, weights(3), {1, 0})});
  call.result(b.op("MatMul", {weights(2), wide}));
}

void linear_antialiased(Call& call) { antialiased(call, false); }
void cubic_antialiased(Call& call) { antialiased(call, true); }

std::string sample_mode(Call& call) {
  static constexpr const char* kNames[] = {"bilinear", "nearest", "bicubic"};
  return kNames[std::min<int64_t>(std::max<int64_t>(call.integer("interpolation_mode", 0), 0), 2)];
}
std::string padding_mode(Call& call) {
  static constexpr const char* kNames[] = {"zeros", "border", "reflection"};
  return kNames[std::min<int64_t>(std::max<int64_t>(call.integer("padding_mode", 0), 0), 2)];
}

void grid_sample(Call& call) {
  call.result(call.b.op("GridSample", {call.tensor("input"), call.tensor("grid")},
                        {{"mode", sample_mode(call)},
                         {"padding_mode", padding_mode(call)},
                         {"align_corners", call.flag("align_corners", false) ? 1 : 0}}));
}

constexpr Entry kOps[] = {
    {"aten.upsample_nearest1d", nearest},
    {"aten.upsample_nearest2d", nearest},
    {"aten.upsample_nearest3d", nearest},
    {"aten._upsample_nearest_exact1d", nearest_exact},
    {"aten._upsample_nearest_exact2d", nearest_exact},
    {"aten._upsample_nearest_exact3d", nearest_exact},
    {"aten.upsample_linear1d", linear},
    {"aten.upsample_bilinear2d", linear},
    {"aten.upsample_trilinear3d", linear},
    {"aten.upsample_bicubic2d", cubic},
    {"aten._upsample_bilinear2d_aa", linear_antialiased},
    {"aten._upsample_bicubic2d_aa", cubic_antialiased},
    {"aten.grid_sampler", grid_sample},
    {"aten.grid_sampler_2d", grid_sample},
};

}  // namespace

std::span<const Entry> resize_ops() { return kOps; }

}  // namespace headrace::aten
