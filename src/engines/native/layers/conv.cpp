#include "engines/native/layers/conv.h"

#include <algorithm>

namespace headrace::native {

namespace {

Result<Extent> conv_extent(const ConvSpec& spec, const Extent& in, int expected_channels) {
  if (in.c != expected_channels)
    return invalid_data("the input has " + std::to_string(in.c) + " channels, the weights are for " +
                        std::to_string(expected_channels));
  const Extent out{in.n, spec.window.output_h(in.h), spec.window.output_w(in.w), spec.shape.output_channels};
  if (out.h < 1 || out.w < 1) return invalid_data("an input of " + to_string(in) + " is smaller than the window");
  return out;
}

// All panels over a range of rows.
class ConvStep final : public Step {
 public:
  ConvStep(const ConvSpec& spec, const kernels::PackedConv& packed, const Binding& binding, kernels::ConvKernel kernel,
           size_t workspace_bytes)
      : spec_(spec),
        packed_(packed),
        in_(binding.inputs[0]),
        out_(binding.output),
        kernel_(kernel),
        workspace_bytes_(workspace_bytes),
        offsets_(kernels::step_offsets(packed, spec.window.dilation_h * in_.row, spec.window.dilation_w * in_.pixel)) {
    if (binding.inputs.size() > 1) addend_ = binding.inputs[1], has_addend_ = true;
    rows = out_.extent.n * out_.extent.h;
    rows_per_image = out_.extent.h;
    slices = static_cast<int>(packed.panels.size());
    weight_bytes = packed.bytes.size();
    chunk_rows_ = chunk_rows();
    scratch_bytes = workspace_bytes_ + static_cast<size_t>(chunk_rows_) * out_.extent.w * sizeof(kernels::ConvPixel);
  }

  void run(const Frame& frame, Range rows, Range slices, std::byte* scratch) const noexcept override {
    auto* const pixels = reinterpret_cast<kernels::ConvPixel*>(scratch + workspace_bytes_);
    kernels::ConvTask task;
    task.workspace = scratch;
    task.pixels = pixels;
    task.panels = packed_.panels.data() + slices.begin;
    task.panel_count = slices.size();
    task.offsets = offsets_.data();
    task.epilogue = &spec_.epilogue;
    for (int begin = rows.begin; begin < rows.end; begin += chunk_rows_) {
      const int end = std::min(rows.end, begin + chunk_rows_);
      task.pixel_count = static_cast<int>(list_pixels(frame, {begin, end}, pixels) - pixels);
      const std::span<const std::byte> next = end < rows.end ? panel_bytes(slices.begin) : next_weights_;
      task.prefetch = next.data();
      task.prefetch_bytes = next.size();
      kernel_(task);
    }
  }

  int input_rows(size_t index, int end) const override { return index == 0 ? spec_.window.input_rows(end, in_.extent.h) : end; }
  int first_input_row(size_t index, int begin) const override { return index == 0 ? spec_.window.first_input_row(begin) : begin; }
  std::span<const std::byte> first_weights() const override { return panel_bytes(0); }
  void set_next_weights(std::span<const std::byte> weights) override { next_weights_ = weights; }

 private:
  // All panels go over a few rows before the next few, so that what they share of input and output stays in the first-level
  // cache; where the weights would not stay in the second, as many rows at once as the list of pixels may have.
  int chunk_rows() const {
    constexpr size_t kFirstLevel = size_t{24} << 10, kSecondLevel = size_t{512} << 10;
    constexpr int kLeastPixels = 384, kMostPixels = 4096;  // the least for the weights' sake, and for what a task costs
    const int width = out_.extent.w, most = std::max(1, kMostPixels / width);
    if (weight_bytes > kSecondLevel || slices == 1) return std::min(most, rows);
    const size_t row_bytes = static_cast<size_t>(spec_.window.stride_h * in_.row + out_.row + addend_.row);
    const int few = static_cast<int>(std::min<size_t>(kFirstLevel / row_bytes, most)), least = (kLeastPixels + width - 1) / width;
    return std::min(std::max(few, least), rows);
  }

  // Returns the end of the list.
  kernels::ConvPixel* list_pixels(const Frame& frame, Range rows, kernels::ConvPixel* pixel) const {
    const ptrdiff_t step = spec_.window.stride_w * in_.pixel;
    for (int r = rows.begin; r < rows.end; ++r) {
      const int n = r / rows_per_image, y = r % rows_per_image;
      const std::byte* in = spec_.window.first_tap(in_, frame.arena, n, y);
      std::byte* out = out_.at(frame.arena, n, y);
      const std::byte* addend = has_addend_ ? addend_.at(frame.arena, n, y) : nullptr;
      for (kernels::ConvPixel* const end = pixel + out_.extent.w; pixel != end; ++pixel) {
        *pixel = {in, out, addend};
        in += step, out += out_.pixel, addend += addend_.pixel;  // 0 without one
      }
    }
    return pixel;
  }
  std::span<const std::byte> panel_bytes(int s) const {
    const std::byte* begin = packed_.panels[s].data;
    const std::byte* end = s + 1 < static_cast<int>(packed_.panels.size()) ? packed_.panels[s + 1].data
                                                                           : packed_.bytes.data() + packed_.bytes.size();
    return {begin, end};
  }

  const ConvSpec& spec_;
  const kernels::PackedConv& packed_;
  View in_, out_, addend_;
  bool has_addend_ = false;
  kernels::ConvKernel kernel_;
  size_t workspace_bytes_;
  std::vector<int32_t> offsets_;
  std::span<const std::byte> next_weights_;
  int chunk_rows_ = 1;
};

class WinogradStep final : public Step {
 public:
  WinogradStep(const ConvSpec& spec, const kernels::WinogradLayer& winograd, const Binding& binding)
      : spec_(spec),
        winograd_(winograd),
        in_(binding.inputs[0]),
        out_(binding.output),
        workspace_bytes_((winograd.workspace_bytes() + 63) / 64 * 64) {
    if (binding.inputs.size() > 1) addend_ = binding.inputs[1], has_addend_ = true;
    rows = out_.extent.n * out_.extent.h;
    rows_per_image = out_.extent.h;
    row_unit = winograd.outputs_per_tile();
    slices = winograd.panels();
    scratch_bytes = workspace_bytes_ + out_.extent.n * sizeof(kernels::WinogradRows);
    weight_bytes = winograd.weights().size();
  }

  void run(const Frame& frame, Range rows, Range slices, std::byte* scratch) const noexcept override {
    auto* pictures = reinterpret_cast<kernels::WinogradRows*>(scratch + workspace_bytes_);
    size_t count = 0;
    for (int begin = rows.begin; begin < rows.end; ++count) {
      const int n = begin / rows_per_image, end = std::min(rows.end, (n + 1) * rows_per_image);
      pictures[count] = {spec_.window.first_tap(in_, frame.arena, n, 0), out_.at(frame.arena, n, 0),
                         has_addend_ ? addend_.at(frame.arena, n, 0) : nullptr, begin - n * rows_per_image,
                         end - n * rows_per_image};
      begin = end;
    }
    kernels::WinogradRun run;
    run.pictures = {pictures, count};
    run.input_row = in_.row, run.input_pixel = in_.pixel;
    run.output_row = out_.row, run.output_pixel = out_.pixel;
    run.addend_row = addend_.row, run.addend_pixel = addend_.pixel;
    run.rows = out_.extent.h, run.cols = out_.extent.w;
    run.panel_begin = slices.begin, run.panel_end = slices.end;
    run.epilogue = &spec_.epilogue;
    run.workspace = scratch;
    winograd_.run(run);
  }

  int input_rows(size_t index, int end) const override {
    const int whole = std::min((end + row_unit - 1) / row_unit * row_unit, rows_per_image);
    return index == 0 ? spec_.window.input_rows(whole, in_.extent.h) : whole;
  }
  int first_input_row(size_t index, int begin) const override { return index == 0 ? spec_.window.first_input_row(begin) : begin; }

 private:
  const ConvSpec& spec_;
  const kernels::WinogradLayer& winograd_;
  View in_, out_, addend_;
  bool has_addend_ = false;
  size_t workspace_bytes_;
};

class DepthwiseStep final : public Step {
 public:
  DepthwiseStep(const ConvSpec& spec, const kernels::AlignedBytes& packed, const Binding& binding,
                void (*kernel)(const kernels::DepthwiseTask&) noexcept)
      : spec_(spec), packed_(packed), in_(binding.inputs[0]), out_(binding.output), kernel_(kernel) {
    rows = out_.extent.n * out_.extent.h;
    rows_per_image = out_.extent.h;
    weight_bytes = packed.size();
  }

  void run(const Frame& frame, Range rows, Range, std::byte*) const noexcept override {
    const Window& window = spec_.window;
    kernels::DepthwiseTask task;
    task.cols = out_.extent.w;
    task.input_row = window.stride_h * in_.row;
    task.input_step = window.stride_w * in_.pixel;
    task.tap_row = window.dilation_h * in_.row;
    task.tap_step = window.dilation_w * in_.pixel;
    task.output_row = out_.row;
    task.output_step = out_.pixel;
    task.shape = {spec_.shape.output_channels, window.kernel_h, window.kernel_w};
    task.weights = packed_.data();
    task.epilogue = &spec_.epilogue;
    for (int begin = rows.begin; begin < rows.end;) {
      const int n = begin / rows_per_image, end = std::min(rows.end, (n + 1) * rows_per_image);
      const int y = begin - n * rows_per_image;
      task.input = window.first_tap(in_, frame.arena, n, y);
      task.output = out_.at(frame.arena, n, y);
      task.row_count = end - begin;
      kernel_(task);
      begin = end;
    }
  }

  int input_rows(size_t, int end) const override { return spec_.window.input_rows(end, in_.extent.h); }
  int first_input_row(size_t, int begin) const override { return spec_.window.first_input_row(begin); }

 private:
  const ConvSpec& spec_;
  const kernels::AlignedBytes& packed_;
  View in_, out_;
  void (*kernel_)(const kernels::DepthwiseTask&) noexcept;
};

}  // namespace

std::span<const std::byte> weights_of(const ConvPacking& packing) {
  if (const auto* winograd = std::get_if<kernels::WinogradLayer>(&packing)) return winograd->weights();
  const kernels::AlignedBytes& bytes = std::get<kernels::PackedConv>(packing).bytes;
  return {bytes.data(), bytes.size()};
}

Result<Extent> ConvLayer::infer(std::span<const Extent> inputs) const {
  HEADRACE_TRY(const Extent out, conv_extent(spec_, inputs[0], spec_.shape.group_channels * spec_.shape.groups));
  if (inputs.size() > 1 && inputs[1] != out)
    return invalid_data("the addition's operands are " + to_string(out) + " and " + to_string(inputs[1]));
  return out;
}

Halo ConvLayer::halo(size_t index, std::span<const Extent> inputs, const Extent& output) const {
  return index == 0 ? spec_.window.halo(inputs[0], output.h, output.w) : Halo{};
}

std::unique_ptr<Step> ConvLayer::bind(const Binding& binding, const ConvPacking& packing) const {
  if (const auto* winograd = std::get_if<kernels::WinogradLayer>(&packing))
    return std::make_unique<WinogradStep>(spec_, *winograd, binding);
  const kernels::KernelTable& table = binding.kernels;
  return std::make_unique<ConvStep>(spec_, std::get<kernels::PackedConv>(packing), binding,
                                    is_float() ? table.conv_f32 : table.conv_u8,
                                    (is_float() ? table.conv_f32_geometry : table.conv_u8_geometry).workspace_bytes);
}

int64_t ConvLayer::macs(const Extent& output) const {
  return output.elements() * spec_.shape.kernel_h * spec_.shape.kernel_w * spec_.shape.group_channels;
}

Result<Extent> DepthwiseLayer::infer(std::span<const Extent> inputs) const {
  return conv_extent(spec_, inputs[0], spec_.shape.output_channels);
}

Halo DepthwiseLayer::halo(size_t, std::span<const Extent> inputs, const Extent& output) const {
  return spec_.window.halo(inputs[0], output.h, output.w);
}

std::unique_ptr<Step> DepthwiseLayer::bind(const Binding& binding) const {
  const auto& kernels = binding.kernels.depthwise;
  return std::make_unique<DepthwiseStep>(spec_, packed_, binding, element_ == Element::kU8 ? kernels.u8 : kernels.f32);
}

int64_t DepthwiseLayer::macs(const Extent& output) const {
  return output.elements() * spec_.shape.kernel_h * spec_.shape.kernel_w;
}

}  // namespace headrace::native
