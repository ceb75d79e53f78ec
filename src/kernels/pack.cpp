#include "kernels/pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#include "base/clones.h"
#include "kernels/pack_pairs.h"

namespace headrace::kernels {

namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

int lane_of(const ConvGeometry& geometry, int channel, int vectors) {
  return geometry.packed_order ? packed_lane(channel, vectors, geometry.lanes) : channel;
}

// Vectors of the widest panel. All pixels read a panel before the next: where it is long, two of them, this one and the one that
// is being fetched, must be narrow to stay in the second-level cache beside the pixels.
int widest_panel(const ConvGeometry& geometry, size_t steps) {
  constexpr size_t kMostBytes = size_t{700} << 10;
  return geometry.max_vectors == 4 && steps * geometry.lanes * 4 * 4 > kMostBytes ? 2 : geometry.max_vectors;
}

// Vectors of the next panel: as many as fit, but the last is not left with a single one, which the kernels are slowest with.
int next_panel(int widest, int left) { return left == widest + 1 ? left - left / 2 : std::min(left, widest); }

// How the layer's channels fall into panels, every group by itself.
std::vector<ConvPanel> split_panels(const ConvGeometry& geometry, const ConvShape& shape, int element) {
  std::vector<ConvPanel> panels;
  const size_t steps = static_cast<size_t>(shape.kernel_h) * shape.kernel_w * ((shape.group_channels * element + 3) / 4);
  const int widest = widest_panel(geometry, steps);
  const int channels = shape.output_channels / shape.groups;
  const int vectors = (channels + geometry.lanes - 1) / geometry.lanes;
  for (int group = 0; group < shape.groups; ++group) {
    for (int begin = 0; begin < vectors; begin += panels.back().vectors) {
      ConvPanel panel;
      panel.vectors = next_panel(widest, vectors - begin);
      panel.first_channel = group * channels + begin * geometry.lanes;
      panel.channels = std::min(channels - begin * geometry.lanes, panel.vectors * geometry.lanes);
      panels.push_back(panel);
    }
  }
  return panels;
}

// The steps of every group in their order; `element` is the size of one channel's value.
void list_steps(const ConvShape& shape, int element, PackedConv& packed) {
  packed.order = {shape.kernel_h, shape.kernel_w, shape.group_channels * element};
  const int each = packed.order.steps_of_group(), channels = shape.output_channels / shape.groups;
  packed.steps.resize(static_cast<size_t>(shape.groups) * each);
  std::iota(packed.steps.begin(), packed.steps.end(), 0);
  for (ConvPanel& panel : packed.panels) {
    panel.steps = each;
    panel.first_step = panel.first_channel / channels * each;
  }
}

// Room for all panels; `heads` vectors' worth of bias and multiplier stand before the weights.
void allocate(const ConvGeometry& geometry, int heads, PackedConv& packed) {
  const auto bytes = [&](const ConvPanel& panel) {
    return aligned(static_cast<size_t>(panel.vectors) * geometry.lanes * 4 * (heads + static_cast<size_t>(panel.steps)));
  };
  size_t total = 0;
  for (const ConvPanel& panel : packed.panels) total += bytes(panel);
  packed.bytes = AlignedBytes(total);
  std::byte* next = packed.bytes.data();
  for (ConvPanel& panel : packed.panels) {
    panel.data = next;
    next += bytes(panel);
  }
}

// Vector number `index` of per-channel values (bias, multiplier) at the panel's head.
template <typename T>
void write_head(const ConvGeometry& geometry, PackedConv& packed, int index, std::span<const T> values) {
  static_assert(sizeof(T) == 4);
  if (values.empty()) return;
  for (const ConvPanel& panel : packed.panels) {
    std::byte* head = packed.writable(panel) + static_cast<size_t>(index) * panel.vectors * geometry.lanes * 4;
    for (int c = 0; c < panel.channels; ++c)
      std::memcpy(head + 4 * lane_of(geometry, c, panel.vectors), &values[panel.first_channel + c], 4);
  }
}

// The weights, step by step, a few channels at a time: as many rows as the cache keeps apart where their distance is a power of
// two. A tap's channels are cut into fours of bytes; the last may be filled up with zeros.
template <typename T>
void write_weights(const ConvGeometry& geometry, const ConvShape& shape, int heads, std::span<const T> weights,
                   PackedConv& packed) {
  constexpr int kEach = 4 / static_cast<int>(sizeof(T)), kTogether = 8;
  const int taps = shape.kernel_h * shape.kernel_w;
  for (const ConvPanel& panel : packed.panels) {
    const size_t step_bytes = static_cast<size_t>(panel.vectors) * geometry.lanes * 4;
    std::byte* const begin = packed.writable(panel) + heads * step_bytes;
    const size_t row = static_cast<size_t>(taps) * shape.group_channels;
    std::vector<int> lanes;
    for (int c = 0; c < panel.channels; ++c) lanes.push_back(4 * lane_of(geometry, c, panel.vectors));
    for (int first = 0; first < panel.channels; first += kTogether) {
      const int end = std::min(first + kTogether, panel.channels);
      const T* source = weights.data() + panel.first_channel * row;
      std::byte* out = begin;
      for (int tap = 0; tap < taps; ++tap)
        for (int left = shape.group_channels; left > 0; left -= kEach, out += step_bytes) {
          const int count = std::min(kEach, left);
          for (int c = first; c < end; ++c)
            if (count == kEach) std::memcpy(out + lanes[c], source + c * row, 4);
            else std::memcpy(out + lanes[c], source + c * row, sizeof(T) * count);
          source += count;
        }
    }
  }
}

// Of up to 2^20 weights: no sum leaves 32 bits.
HEADRACE_CLONES void add_signed(const int8_t* weights, size_t count, int32_t& positive, int32_t& negative) {
  int32_t plus = 0, minus = 0;
  for (size_t i = 0; i < count; ++i) {
    plus += std::max<int32_t>(weights[i], 0);
    minus += std::min<int32_t>(weights[i], 0);
  }
  positive = plus, negative = minus;
}

Status check_range(const ConvShape& shape, std::span<const int8_t> weights, std::span<const int32_t> bias,
                   std::span<const float> multiplier) {
  const size_t row = static_cast<size_t>(shape.kernel_h) * shape.kernel_w * shape.group_channels;
  for (int c = 0; c < shape.output_channels; ++c) {
    const int64_t largest = largest_sum(weights.subspan(c * row, row), bias[c]);
    if (largest > INT32_MAX)
      return unsupported("output channel " + std::to_string(c) + " can sum to " + std::to_string(largest) +
                         ", beyond 32 bits; its weights or its bias are too large for integer arithmetic");
    if (!(std::fabs(static_cast<double>(largest) * multiplier[c]) < 1 << 30))
      return unsupported("output channel " + std::to_string(c) + " can reach " + std::to_string(largest * multiplier[c]) +
                         " steps of its output's scale; the scale is too small for its range");
  }
  return Ok{};
}

}  // namespace

SignedSums signed_sums(std::span<const int8_t> weights) {
  SignedSums sums;
  constexpr size_t kBlock = size_t{1} << 20;
  for (size_t i = 0; i < weights.size(); i += kBlock) {
    int32_t positive = 0, negative = 0;
    add_signed(&weights[i], std::min(kBlock, weights.size() - i), positive, negative);
    sums.positive += positive, sums.negative += negative;
  }
  return sums;
}

int64_t largest_sum(std::span<const int8_t> weights, int32_t bias) {
  const auto [positive, negative] = signed_sums(weights);
  return std::max(std::abs(bias + 255 * positive), std::abs(bias + 255 * negative));
}

Result<PackedConv> pack_conv_u8(const ConvGeometry& geometry, const ConvShape& shape, std::span<const int8_t> weights,
                                std::span<const int32_t> bias, std::span<const float> multiplier) {
  HEADRACE_CHECK(check_range(shape, weights, bias, multiplier));
  PackedConv packed;
  packed.panels = split_panels(geometry, shape, 1);
  list_steps(shape, 1, packed);
  allocate(geometry, 2, packed);
  write_head(geometry, packed, 0, bias);
  write_head(geometry, packed, 1, multiplier);
  write_weights(geometry, shape, 2, weights, packed);
  return geometry.saturating_pairs ? pair_steps(std::move(packed)) : std::move(packed);
}

PackedConv pack_conv_f32(const ConvGeometry& geometry, const ConvShape& shape, std::span<const float> weights,
                         std::span<const float> bias) {
  PackedConv packed;
  packed.panels = split_panels(geometry, shape, 4);
  list_steps(shape, 4, packed);
  allocate(geometry, 1, packed);
  write_head(geometry, packed, 0, bias);
  write_weights(geometry, shape, 1, weights, packed);
  return packed;
}

PackedConv pack_gemm_s16(const ConvGeometry& geometry, int output_channels, int channels, std::span<const int16_t> weights) {
  const ConvShape shape{.output_channels = output_channels, .group_channels = channels};
  PackedConv packed;
  packed.panels = split_panels(geometry, shape, 2);
  list_steps(shape, 2, packed);
  allocate(geometry, 1, packed);
  write_weights(geometry, shape, 1, weights, packed);
  return packed;
}

std::vector<int32_t> step_offsets(const PackedConv& packed, ptrdiff_t tap_row_bytes, ptrdiff_t tap_pixel_bytes) {
  const StepOrder& order = packed.order;
  const auto last = std::max_element(packed.steps.begin(), packed.steps.end());
  const uint32_t count = last != packed.steps.end() ? *last + 1 : 0;
  // By number first, which takes no divisions; lists may name each many times.
  std::vector<int32_t> by_number;
  by_number.reserve(count + order.steps_of_group());
  for (int group = 0; by_number.size() < count; ++group)
    for (int row = 0; row < order.kernel_h; ++row)
      for (int col = 0; col < order.kernel_w; ++col)
        for (int step = 0; step < order.steps_of_tap(); ++step)
          by_number.push_back(
              static_cast<int32_t>(row * tap_row_bytes + col * tap_pixel_bytes + group * order.group_bytes + step * 4));
  std::vector<int32_t> offsets(packed.steps.size());
  for (size_t i = 0; i < offsets.size(); ++i) offsets[i] = by_number[packed.steps[i]];
  return offsets;
}

}  // namespace headrace::kernels
