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

// Calls compute(pixel's input, its output, its addend, channel) for everything the task covers.
template <typename Compute>
void each_output(const ConvTask& task, const Compute& compute) {
  for (int r = 0; r < task.row_count; ++r) {
    const ConvRow& row = task.rows[r];
    for (int col = 0; col < task.cols; ++col)
      for (int c = 0; c < task.panel->channels; ++c)
        compute(row.input + col * task.input_step, row.output + col * task.output_step + task.channel_offset,
                row.addend ? row.addend + col * task.addend_step + task.channel_offset : nullptr, c);
  }
}

}  // namespace

// The geometry: panels of one vector of `kLanes` channels in their natural order.
constexpr int kLanes = 8;

void conv_u8(const ConvTask& task) noexcept {
  const std::byte* data = task.panel->data;
  const std::byte* weights = data + 2 * kLanes * 4;
  each_output(task, [&](const std::byte* in, std::byte* out, const std::byte* addend, int c) {
    int32_t acc = load<int32_t>(data + 4 * c);
    for (int s = 0; s < task.panel->steps; ++s) acc += dot_u8(in + task.offsets[s], weights + (s * kLanes + c) * 4);
    const float multiplier = load<float>(data + 4 * (kLanes + c));
    if (task.epilogue->output == ConvOutput::kF32) store_f32(static_cast<float>(acc) * multiplier, out + 4 * c);
    else store_u8(task, acc, multiplier, addend ? addend + c : nullptr, out + c);
  });
}

void conv_f32(const ConvTask& task) noexcept {
  const std::byte* data = task.panel->data;
  const std::byte* weights = data + kLanes * 4;
  each_output(task, [&](const std::byte* in, std::byte* out, const std::byte* addend, int c) {
    float acc = load<float>(data + 4 * c);
    for (int s = 0; s < task.panel->steps; ++s)
      acc = std::fma(load<float>(in + task.offsets[s]), load<float>(weights + (s * kLanes + c) * 4), acc);
    if (addend) acc += load<float>(addend + 4 * c);
    store_f32(std::min(std::max(acc, task.epilogue->minimum_f32), task.epilogue->maximum_f32), out + 4 * c);
  });
}

void gemm_s16(const ConvTask& task) noexcept {
  const std::byte* weights = task.panel->data + kLanes * 4;
  each_output(task, [&](const std::byte* in, std::byte* out, const std::byte*, int c) {
    uint32_t acc = 0;
    for (int s = 0; s < task.panel->steps; ++s) acc += dot_s16(in + task.offsets[s], weights + (s * kLanes + c) * 4);
    std::memcpy(out + 4 * c, &acc, 4);
  });
}

}  // namespace headrace::kernels::reference
