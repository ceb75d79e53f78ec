// U = G g G^T of winograd.h, a position at a time, and the proof that u8 sums stay where Winograd's integers are exact.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace headrace::kernels {

// `filters` 3x3 filters, [.., 3, 3, channels] (OHWI), at position `p` of (m+2)^2: [.., channels].
std::vector<int16_t> winograd_weights_s16_f4(std::span<const int8_t> weights, int channels, int p);
std::vector<float> winograd_weights_f32_f4(std::span<const float> weights, int channels, int p);
std::vector<float> winograd_weights_f32_f2(std::span<const float> weights, int channels, int p);

// Errors: unsupported, naming the output channel whose sum over u8 input can leave (-2^25, 2^25), or int32 when scaled.
Status check_winograd_sums(std::span<const int8_t> weights, int channels, std::span<const int32_t> bias,
                           std::span<const float> multiplier);

}  // namespace headrace::kernels
