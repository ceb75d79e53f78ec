// Depthwise weights in the order that the kernels of tiles/ read, for vectors of so many 32-bit lanes (see
// tiles/depthwise_blocks.h).
#pragma once

#include "kernels/depthwise.h"

namespace headrace::kernels {

template <int kLanes>
AlignedBytes pack_depthwise_u8(const DepthwiseShape& shape, std::span<const int8_t> weights, std::span<const int32_t> bias,
                               std::span<const float> multiplier);
// `bias` may be empty (zeros).
template <int kLanes>
AlignedBytes pack_depthwise_f32(const DepthwiseShape& shape, std::span<const float> weights, std::span<const float> bias);

}  // namespace headrace::kernels
