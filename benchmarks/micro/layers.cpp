#include "layers.h"

#include <algorithm>
#include <memory>
#include <random>

#include "kernels/winograd_layer.h"

namespace headrace::micro {

using namespace kernels;

namespace {

constexpr size_t kSlack = 128;  // kernels may read a vector further than they need

// A picture with its rim, its output and a layer's random weights.
struct Problem {
  LayerShape shape;
  int element;  // bytes
  AlignedBytes input, output, addend;
  std::vector<int8_t> weights;
  std::vector<float> float_weights;
  std::vector<int32_t> bias;
  std::vector<float> multiplier, float_bias;
  ConvEpilogue epilogue;

  Problem(const LayerShape& s, int element_bytes)
      : shape(s),
        element(element_bytes),
        input(row_bytes() * (shape.size + shape.kernel - 1) + kSlack),
        output(output_row() * shape.size + kSlack),
        addend(shape.addend ? output.size() : 0),
        bias(shape.output_channels, 100),
        multiplier(shape.output_channels, 1e-4f),
        float_bias(shape.output_channels, 0.5f) {
    std::mt19937 random(1);
    if (element == 1)
      for (size_t i = 0; i < input.size(); ++i) input.data()[i] = static_cast<std::byte>(random());
    // As trained weights are spread: few are large, so that AVX2 can chain most steps.
    std::normal_distribution<float> normal(0, 30);
    const size_t inputs = shape.depthwise ? 1 : shape.channels;
    for (size_t i = 0; i < inputs * shape.output_channels * shape.kernel * shape.kernel; ++i) {
      float_weights.push_back(normal(random));
      weights.push_back(static_cast<int8_t>(std::clamp(float_weights.back(), -127.0f, 127.0f)));
    }
    epilogue.output = element == 1 ? ConvOutput::kU8 : ConvOutput::kF32;
    epilogue.add = shape.addend && element == 1;
    epilogue.sum.a_ratio = 0.7f, epilogue.sum.b_ratio = 0.4f;
  }

  ptrdiff_t pixel() const { return static_cast<ptrdiff_t>(shape.channels) * element; }
  ptrdiff_t row_bytes() const { return (shape.size + shape.kernel - 1) * pixel(); }
  ptrdiff_t output_pixel() const { return static_cast<ptrdiff_t>(shape.output_channels) * element; }
  ptrdiff_t output_row() const { return shape.size * output_pixel(); }
  ConvShape conv() const {
    return {.output_channels = shape.output_channels,
            .kernel_h = shape.kernel,
            .kernel_w = shape.kernel,
            .group_channels = shape.channels};
  }
};

Run run_conv(std::shared_ptr<Problem> problem, std::shared_ptr<PackedConv> packed, ConvKernel kernel, size_t workspace_bytes) {
  const Problem& p = *problem;
  auto pixels = std::make_shared<std::vector<ConvPixel>>();
  for (int y = 0; y < p.shape.size; ++y)
    for (int x = 0; x < p.shape.size; ++x) {
      const ptrdiff_t at = y * p.output_row() + x * p.output_pixel();
      pixels->push_back({problem->input.data() + y * p.row_bytes() + x * p.pixel(), problem->output.data() + at,
                         p.shape.addend ? problem->addend.data() + at : nullptr});
    }
  auto offsets = std::make_shared<std::vector<int32_t>>(step_offsets(*packed, p.row_bytes(), p.pixel()));
  auto workspace = std::make_shared<AlignedBytes>(workspace_bytes);
  return [=] {
    ConvTask task;
    task.workspace = workspace->data();
    task.pixels = pixels->data(), task.pixel_count = static_cast<int>(pixels->size());
    task.panels = packed->panels.data(), task.panel_count = static_cast<int>(packed->panels.size());
    task.offsets = offsets->data();
    task.epilogue = &problem->epilogue;
    kernel(task);
  };
}

Run run_depthwise(std::shared_ptr<Problem> problem, AlignedBytes packed, void (*kernel)(const DepthwiseTask&) noexcept) {
  auto weights = std::make_shared<AlignedBytes>(std::move(packed));
  return [=] {
    const Problem& p = *problem;
    DepthwiseTask task;
    task.input = p.input.data(), task.output = problem->output.data();
    task.row_count = task.cols = p.shape.size;
    task.input_row = task.tap_row = p.row_bytes();
    task.input_step = task.tap_step = p.pixel();
    task.output_row = p.output_row(), task.output_step = p.output_pixel();
    task.shape = {p.shape.channels, p.shape.kernel, p.shape.kernel};
    task.weights = weights->data();
    task.epilogue = &p.epilogue;
    kernel(task);
  };
}

Run run_winograd(std::shared_ptr<Problem> problem, WinogradLayer packed) {
  auto layer = std::make_shared<WinogradLayer>(std::move(packed));
  auto workspace = std::make_shared<AlignedBytes>(layer->workspace_bytes());
  return [=] {
    const Problem& p = *problem;
    const WinogradRows picture{p.input.data(), problem->output.data(), nullptr, 0, p.shape.size};
    WinogradRun run;
    run.pictures = {&picture, 1};
    run.input_row = p.row_bytes(), run.input_pixel = p.pixel();
    run.output_row = p.output_row(), run.output_pixel = p.output_pixel();
    run.rows = run.cols = p.shape.size;
    run.epilogue = &p.epilogue;
    run.workspace = workspace->data();
    layer->run(run);
  };
}

LayerShape with_addend(LayerShape shape) {
  shape.addend = true;
  return shape;
}

bool winograd_fits(const LayerShape& shape) { return shape.kernel == 3 && !shape.depthwise; }

}  // namespace

std::string LayerShape::name() const {
  const std::string kind = depthwise ? ", depthwise " : ", ", extent = std::to_string(size), window = std::to_string(kernel);
  return extent + "x" + extent + "x" + std::to_string(channels) + " -> " + std::to_string(output_channels) + kind + window + "x" +
         window + (addend ? " + addend" : "");
}

int64_t LayerShape::macs() const { return int64_t{size} * size * output_channels * kernel * kernel * (depthwise ? 1 : channels); }

// ResNet-50's, then EfficientNet-Lite0's.
std::vector<LayerShape> usual_shapes() {
  return {{56, 64, 64, 1},
          {56, 64, 64, 3},
          {56, 64, 256, 1},
          with_addend({56, 64, 256, 1}),
          {56, 256, 64, 1},
          {28, 512, 128, 1},
          {28, 128, 128, 3},
          {28, 128, 512, 1},
          with_addend({28, 128, 512, 1}),
          {14, 1024, 256, 1},
          {14, 256, 256, 3},
          {14, 256, 1024, 1},
          with_addend({14, 256, 1024, 1}),
          {7, 2048, 512, 1},
          {7, 512, 512, 3},
          {7, 512, 2048, 1},
          {112, 16, 96, 1},
          {56, 144, 24, 1},
          {28, 240, 40, 1},
          {14, 480, 80, 1},
          {14, 672, 112, 1},
          {7, 1152, 192, 1},
          {112, 32, 32, 3, true},
          {56, 144, 144, 3, true},
          {28, 240, 240, 5, true},
          {14, 480, 480, 3, true},
          {14, 672, 672, 5, true},
          {7, 1152, 1152, 5, true}};
}

Run direct_u8(const KernelTable& table, const LayerShape& shape) {
  auto problem = std::make_shared<Problem>(shape, 1);
  const Problem& p = *problem;
  if (shape.depthwise)
    return run_depthwise(problem,
                         table.depthwise.pack_u8({shape.channels, shape.kernel, shape.kernel}, p.weights, p.bias, p.multiplier),
                         table.depthwise.u8);
  auto packed = pack_conv_u8(table.conv_u8_geometry, p.conv(), p.weights, p.bias, p.multiplier);
  if (!packed.ok()) return nullptr;
  return run_conv(problem, std::make_shared<PackedConv>(std::move(*packed)), table.conv_u8,
                  table.conv_u8_geometry.workspace_bytes);
}

Run direct_f32(const KernelTable& table, const LayerShape& shape) {
  auto problem = std::make_shared<Problem>(shape, 4);
  const Problem& p = *problem;
  if (shape.depthwise)
    return run_depthwise(problem,
                         table.depthwise.pack_f32({shape.channels, shape.kernel, shape.kernel}, p.float_weights, p.float_bias),
                         table.depthwise.f32);
  auto packed = std::make_shared<PackedConv>(pack_conv_f32(table.conv_f32_geometry, p.conv(), p.float_weights, p.float_bias));
  return run_conv(problem, std::move(packed), table.conv_f32, table.conv_f32_geometry.workspace_bytes);
}

Run winograd_u8(const KernelTable& table, const LayerShape& shape) {
  if (!winograd_fits(shape)) return nullptr;
  auto problem = std::make_shared<Problem>(shape, 1);
  const Problem& p = *problem;
  auto layer = WinogradLayer::pack_u8(table, {shape.channels, shape.output_channels}, p.weights, p.bias, p.multiplier);
  return layer.ok() ? run_winograd(problem, std::move(*layer)) : nullptr;
}

Run winograd_f32(const KernelTable& table, const LayerShape& shape) {
  if (!winograd_fits(shape)) return nullptr;
  auto problem = std::make_shared<Problem>(shape, 4);
  const Problem& p = *problem;
  return run_winograd(problem, WinogradLayer::pack_f32(table, WinogradKind::kF32F4, {shape.channels, shape.output_channels},
                                                       p.float_weights, p.float_bias));
}

}  // namespace headrace::micro
