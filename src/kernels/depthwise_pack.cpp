#include "kernels/depthwise_pack.h"

#include <algorithm>
#include <cstring>

#include "kernels/tiles/depthwise_blocks.h"

namespace headrace::kernels {

template <int kLanes>
AlignedBytes pack_depthwise_u8(const DepthwiseShape& shape, std::span<const int8_t> weights, std::span<const int32_t> bias,
                               std::span<const float> multiplier) {
  constexpr int kBytes = 4 * kLanes;
  const int taps = shape.kernel_h * shape.kernel_w, blocks = (shape.channels + kBytes - 1) / kBytes;
  const size_t block_bytes = depthwise_u8_block_bytes(taps, kBytes);
  AlignedBytes packed(blocks * block_bytes);
  for (int block = 0; block < blocks; ++block) {
    const int first = block * kBytes, left = shape.channels - first;
    const int piece = kBytes / depthwise_pieces(left, kBytes);
    std::byte* const data = packed.data() + block * block_bytes;
    for (int i = 0; i < kBytes; ++i) {
      if (i % piece >= left) continue;
      const int c = first + i % piece;
      std::byte* const head = data + sizeof(float) * packed_lane(i, 4, kLanes);
      std::memcpy(head, &bias[c], sizeof(int32_t));
      std::memcpy(head + sizeof(float) * kBytes, &multiplier[c], sizeof(float));
      for (int tap = 0; tap < taps; ++tap)
        data[(8 + tap) * kBytes + i] = static_cast<std::byte>(weights[static_cast<size_t>(c) * taps + tap]);
    }
  }
  return packed;
}

template <int kLanes>
AlignedBytes pack_depthwise_f32(const DepthwiseShape& shape, std::span<const float> weights, std::span<const float> bias) {
  constexpr size_t kBytes = sizeof(float) * kLanes;
  const int taps = shape.kernel_h * shape.kernel_w, blocks = (shape.channels + kLanes - 1) / kLanes;
  const size_t block_bytes = depthwise_f32_block_bytes(taps, kBytes);
  AlignedBytes packed(blocks * block_bytes);
  for (int c = 0; c < shape.channels; ++c) {
    std::byte* const data = packed.data() + c / kLanes * block_bytes + sizeof(float) * (c % kLanes);
    if (!bias.empty()) std::memcpy(data, &bias[c], sizeof(float));
    for (int tap = 0; tap < taps; ++tap)
      std::memcpy(data + (1 + tap) * kBytes, &weights[static_cast<size_t>(c) * taps + tap], sizeof(float));
  }
  return packed;
}

template AlignedBytes pack_depthwise_u8<8>(const DepthwiseShape&, std::span<const int8_t>, std::span<const int32_t>,
                                           std::span<const float>);
template AlignedBytes pack_depthwise_u8<16>(const DepthwiseShape&, std::span<const int8_t>, std::span<const int32_t>,
                                            std::span<const float>);
template AlignedBytes pack_depthwise_f32<8>(const DepthwiseShape&, std::span<const float>, std::span<const float>);
template AlignedBytes pack_depthwise_f32<16>(const DepthwiseShape&, std::span<const float>, std::span<const float>);

}  // namespace headrace::kernels
