#include "kernels/reference/conv.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/reference/arithmetic.h"

namespace headrace::kernels::reference {

namespace {

int32_t round_half_even(float x) { return static_cast<int32_t>(std::nearbyintf(x)); }

// One lane of one step.
int32_t dot_u8(const std::byte* x, const std::byte* w) {
  int32_t sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<int32_t>(load<uint8_t>(x + i)) * load<int8_t>(w + i);
  return sum;
}

uint32_t dot_s16(const std::byte* x, const std::byte* w) {
  uint32_t sum = 0;  // wraps
  for (int i = 0; i < 4; i += 2) sum += static_cast<uint32_t>(load<int16_t>(x + i) * load<int16_t>(w + i));
  return sum;
}

void store_u8(const ConvTask& task, int32_t acc, float multiplier, const std::byte* addend, std::byte* out) {
  const ConvEpilogue& e = *task.epilogue;
  int32_t q = std::clamp(round_half_even(static_cast<float>(acc) * multiplier) + e.zero_point, e.minimum, e.maximum);
  if (e.add) {
    const int32_t other = load<uint8_t>(addend);
    q = e.own_is_a ? sum_of(q, other, e.sum) : sum_of(other, q, e.sum);
  }
  *out = static_cast<std::byte>(q);
}

void store_f32(float value, std::byte* out) { std::memcpy(out, &value, 4); }

// Calls compute(panel, pixel, channel of the panel) for everything the task covers.
template <typename Compute>
void each_output(const ConvTask& task, const Compute& compute) {
  const ptrdiff_t element = task.epilogue->output == ConvOutput::kU8 ? 1 : 4;
  for (const ConvPanel* panel = task.panels; panel != task.panels + task.panel_count; ++panel)
    for (int i = 0; i < task.pixel_count; ++i) {
      const ptrdiff_t offset = task.output_offset + panel->first_channel * element;
      const ConvPixel& at = task.pixels[i];
      const ConvPixel pixel{at.input + task.input_offset, at.output + offset, at.addend ? at.addend + offset : nullptr};
      for (int c = 0; c < panel->channels; ++c) compute(*panel, pixel, c);
    }
}

}  // namespace

// The geometry: panels of one vector of `kLanes` channels in their natural order.
constexpr int kLanes = 8;

void conv_u8(const ConvTask& task) noexcept {
  each_output(task, [&](const ConvPanel& panel, const ConvPixel& pixel, int c) {
    const std::byte* weights = panel.data + 2 * kLanes * 4;
    const int32_t* offsets = task.offsets + panel.first_step;
    int32_t acc = load<int32_t>(panel.data + 4 * c);
    for (int s = 0; s < panel.steps; ++s) acc += dot_u8(pixel.input + offsets[s], weights + (s * kLanes + c) * 4);
    const float multiplier = load<float>(panel.data + 4 * (kLanes + c));
    if (task.epilogue->output == ConvOutput::kF32) store_f32(static_cast<float>(acc) * multiplier, pixel.output + 4 * c);
    else store_u8(task, acc, multiplier, pixel.addend ? pixel.addend + c : nullptr, pixel.output + c);
  });
}

void conv_f32(const ConvTask& task) noexcept {
  each_output(task, [&](const ConvPanel& panel, const ConvPixel& pixel, int c) {
    const std::byte* weights = panel.data + kLanes * 4;
    const int32_t* offsets = task.offsets + panel.first_step;
    float acc = load<float>(panel.data + 4 * c);
    for (int s = 0; s < panel.steps; ++s)
      acc = std::fma(load<float>(pixel.input + offsets[s]), load<float>(weights + (s * kLanes + c) * 4), acc);
    if (pixel.addend) acc += load<float>(pixel.addend + 4 * c);
    store_f32(std::min(std::max(acc, task.epilogue->minimum_f32), task.epilogue->maximum_f32), pixel.output + 4 * c);
  });
}

void gemm_s16(const ConvTask& task) noexcept {
  each_output(task, [&](const ConvPanel& panel, const ConvPixel& pixel, int c) {
    const std::byte* weights = panel.data + kLanes * 4;
    const int32_t* offsets = task.offsets + panel.first_step;
    uint32_t acc = 0;
    for (int s = 0; s < panel.steps; ++s) acc += dot_s16(pixel.input + offsets[s], weights + (s * kLanes + c) * 4);
    std::memcpy(pixel.output + 4 * c, &acc, 4);
  });
}

}  // namespace headrace::kernels::reference
