#include "engines/native/layers/move.h"

#include <cstring>

#include "engines/native/layers/row_step.h"

namespace headrace::native {

Result<Extent> ImportLayer::infer(std::span<const Extent> inputs) const {
  const auto channels = static_cast<size_t>(inputs[0].c);
  if (scale_.size() > 1 && scale_.size() != channels)
    return invalid_data("the input has " + std::to_string(channels) + " channels, its scales are " +
                        std::to_string(scale_.size()));
  return inputs[0];
}

std::unique_ptr<Step> ImportLayer::bind(const Binding& binding) const {
  const View out = binding.output;
  const Extent e = out.extent;
  const size_t plane = static_cast<size_t>(e.h) * e.w;
  std::vector<float> scale = scale_;
  std::vector<int32_t> zero = zero_point_;
  if (scale.size() == 1) scale.assign(e.c, scale_[0]), zero.assign(e.c, zero_point_[0]);
  return row_step(e, [=, index = index_, kernels = &binding.kernels.elementwise, scale = std::move(scale),
                      zero = std::move(zero)](const Frame& frame, int n, int y) {
    const float* in = reinterpret_cast<const float*>(frame.inputs[index]) +
                      (static_cast<size_t>(frame.first_image + n) * e.c) * plane + static_cast<size_t>(y) * e.w;
    std::byte* to = out.at(frame.arena, n, y);
    if (scale.empty()) kernels->nchw_to_nhwc_f32(in, plane, reinterpret_cast<float*>(to), out.pixel / 4, e.w, e.c);
    else kernels->quantize_nchw_u8(in, plane, reinterpret_cast<uint8_t*>(to), out.pixel, e.w, e.c, scale.data(), zero.data());
  });
}

std::unique_ptr<Step> ExportLayer::bind(const Binding& binding) const {
  const View in = binding.inputs[0];
  const Extent e = in.extent;
  const size_t plane = static_cast<size_t>(e.h) * e.w;
  return row_step(e,
                  [=, index = index_, kernel = binding.kernels.elementwise.nhwc_to_nchw_f32](const Frame& frame, int n, int y) {
                    float* out = reinterpret_cast<float*>(frame.outputs[index]) +
                                 (static_cast<size_t>(frame.first_image + n) * e.c) * plane + static_cast<size_t>(y) * e.w;
                    kernel(reinterpret_cast<const float*>(in.at(frame.arena, n, y)), in.pixel / 4, out, plane, e.w, e.c);
                  });
}

Result<Extent> ConcatLayer::infer(std::span<const Extent> inputs) const {
  Extent out = inputs[0];
  out.c = 0;
  for (const Extent& in : inputs) {
    if (in.n != out.n || in.h != out.h || in.w != out.w)
      return invalid_data("its inputs are " + to_string(inputs[0]) + " and " + to_string(in));
    out.c += in.c;
  }
  return out;
}

std::unique_ptr<Step> ConcatLayer::bind(const Binding& binding) const {
  const View out = binding.output;
  std::vector<std::pair<View, ptrdiff_t>> copies;
  ptrdiff_t at = 0;
  for (size_t i = 0; i < binding.inputs.size(); ++i) {
    const View& in = binding.inputs[i];
    if (!in_place_[i]) copies.emplace_back(in, at);
    at += static_cast<ptrdiff_t>(in.extent.c) * size_of(in.element);
  }
  return row_step(out.extent, [out, copies = std::move(copies)](const Frame& frame, int n, int y) {
    for (const auto& [in, channel] : copies) {
      const std::byte* from = in.at(frame.arena, n, y);
      std::byte* to = out.at(frame.arena, n, y) + channel;
      const size_t bytes = static_cast<size_t>(in.extent.c) * size_of(in.element);
      for (int x = 0; x < out.extent.w; ++x, from += in.pixel, to += out.pixel) std::memcpy(to, from, bytes);
    }
  });
}

Result<Extent> RepeatLayer::infer(std::span<const Extent> inputs) const {
  Extent out = inputs[0];
  out.h *= factor_h_, out.w *= factor_w_;
  return out;
}

std::unique_ptr<Step> RepeatLayer::bind(const Binding& binding) const {
  const View in = binding.inputs[0], out = binding.output;
  auto step = row_step(out.extent, [in, out, fh = factor_h_, fw = factor_w_](const Frame& frame, int n, int y) {
    const std::byte* from = in.at(frame.arena, n, y / fh);
    std::byte* to = out.at(frame.arena, n, y);
    const size_t bytes = static_cast<size_t>(in.extent.c) * size_of(in.element);
    for (int x = 0; x < out.extent.w; ++x, to += out.pixel) std::memcpy(to, from + x / fw * in.pixel, bytes);
  });
  if (factor_h_ > 1) step->whole_input = in.extent.h;
  return step;
}

}  // namespace headrace::native
