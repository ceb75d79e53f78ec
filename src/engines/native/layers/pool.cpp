#include "engines/native/layers/pool.h"

#include <algorithm>
#include <vector>

#include "engines/native/layers/row_step.h"

namespace headrace::native {

namespace {

// What a sum of `taps` values is multiplied by.
float factor(const PoolSpec& spec, int taps) {
  if (spec.element == Element::kF32) return 1.0f / static_cast<float>(taps);
  return spec.in.scale / (static_cast<float>(taps) * spec.out.scale);
}

// How many taps at `position` (of the first) lie inside [0, extent), or, where padding counts, inside the padding.
int taps_inside(int position, int kernel, int dilation, int extent, int before, int after) {
  int count = 0;
  for (int k = 0; k < kernel; ++k) {
    const int at = position + k * dilation;
    count += at >= -before && at < extent + after ? 1 : 0;
  }
  return count;
}

// The factors of an average, for one row of output pixels after another.
std::vector<float> row_factors(const PoolSpec& spec, const Extent& in, const Extent& out) {
  const Window& w = spec.window;
  const bool padding = spec.count_padding;
  std::vector<float> factors;
  for (int y = 0; y < out.h; ++y) {
    const int down = taps_inside(y * w.stride_h - w.pad_top, w.kernel_h, w.dilation_h, in.h, padding ? w.pad_top : 0,
                                 padding ? w.pad_bottom : 0);
    for (int x = 0; x < out.w; ++x) {
      const int across = taps_inside(x * w.stride_w - w.pad_left, w.kernel_w, w.dilation_w, in.w, padding ? w.pad_left : 0,
                                     padding ? w.pad_right : 0);
      factors.push_back(factor(spec, std::max(1, down * across)));
    }
  }
  return factors;
}

using PoolKernel = void (*)(const kernels::PoolTask&) noexcept;

PoolKernel kernel_of(const PoolSpec& spec, const kernels::PoolKernels& kernels) {
  if (spec.element == Element::kU8) return spec.average ? kernels.average_u8 : kernels.max_u8;
  return spec.average ? kernels.average_f32 : kernels.max_f32;
}

}  // namespace

Result<Extent> PoolLayer::infer(std::span<const Extent> inputs) const {
  const Extent& in = inputs[0];
  const Extent out{in.n, spec_.window.output_h(in.h), spec_.window.output_w(in.w), in.c};
  if (out.h < 1 || out.w < 1) return invalid_data("an input of " + to_string(in) + " is smaller than the window");
  return out;
}

Halo PoolLayer::halo(size_t, std::span<const Extent> inputs, const Extent& output) const {
  return spec_.window.halo(inputs[0], output.h, output.w);
}

std::unique_ptr<Step> PoolLayer::bind(const Binding& binding) const {
  const View in = binding.inputs[0], out = binding.output;
  const Window& w = spec_.window;
  kernels::PoolTask task;
  task.cols = out.extent.w, task.channels = out.extent.c;
  task.kernel_h = w.kernel_h, task.kernel_w = w.kernel_w;
  task.input_step = w.stride_w * in.pixel, task.output_step = out.pixel;
  task.tap_row = w.dilation_h * in.row, task.tap_step = w.dilation_w * in.pixel;
  task.zero_point = spec_.in.zero_point, task.output_zero_point = spec_.out.zero_point;
  std::vector<float> factors = spec_.average ? row_factors(spec_, in.extent, out.extent) : std::vector<float>{};
  auto step = row_step(out.extent, [=, this, kernel = kernel_of(spec_, binding.kernels.pool), factors = std::move(factors)](
                                       const Frame& frame, int n, int y) {
    kernels::PoolTask row = task;
    row.input = spec_.window.first_tap(in, frame.arena, n, y);
    row.output = out.at(frame.arena, n, y);
    row.factor = factors.empty() ? nullptr : factors.data() + static_cast<size_t>(y) * out.extent.w;
    kernel(row);
  });
  step->window = &spec_.window;
  step->window_height = in.extent.h;
  return step;
}

Result<Extent> GlobalPoolLayer::infer(std::span<const Extent> inputs) const { return Extent{inputs[0].n, 1, 1, inputs[0].c}; }

std::unique_ptr<Step> GlobalPoolLayer::bind(const Binding& binding) const {
  const View in = binding.inputs[0], out = binding.output;
  const auto& kernels = binding.kernels.pool;
  kernels::GlobalPoolTask task;
  task.rows = in.extent.h, task.cols = in.extent.w, task.channels = in.extent.c;
  task.input_row = in.row, task.input_step = in.pixel;
  task.factor = factor(spec_, in.extent.h * in.extent.w);
  task.zero_point = spec_.in.zero_point, task.output_zero_point = spec_.out.zero_point;
  auto step =
      row_step(out.extent, [=, kernel = spec_.element == Element::kU8 ? kernels.global_average_u8 : kernels.global_average_f32](
                               const Frame& frame, int n, int) {
        kernels::GlobalPoolTask picture = task;
        picture.input = in.at(frame.arena, n, 0);
        picture.output = out.at(frame.arena, n, 0);
        kernel(picture);
      });
  step->whole_input = in.extent.h;
  return step;
}

}  // namespace headrace::native
