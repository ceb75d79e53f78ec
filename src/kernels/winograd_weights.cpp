#include "kernels/winograd_weights.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/clones.h"
#include "kernels/pack.h"

namespace headrace::kernels {

namespace {

constexpr int kF4[6][3] = {{6, 0, 0}, {-1, -1, -1}, {-1, 1, -1}, {1, 2, 4}, {1, -2, 4}, {0, 0, 6}};
constexpr int kTwiceF2[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};

// The weight of each of the nine taps at position `p`.
template <int N>
void tap_factors(const int (&g)[N][3], int p, int (&factors)[9]) {
  for (int tap = 0; tap < 9; ++tap) factors[tap] = g[p / N][tap / 3] * g[p % N][tap % 3];
}

HEADRACE_CLONES void weigh_s16(const int8_t* taps, size_t channels, const int (&factors)[9], int16_t* out) {
  for (size_t c = 0; c < channels; ++c) {
    int sum = 0;
    for (size_t tap = 0; tap < 9; ++tap) sum += factors[tap] * taps[tap * channels + c];
    out[c] = static_cast<int16_t>(sum);
  }
}

// In double, so that U is rounded once.
HEADRACE_CLONES void weigh_f32(const float* taps, size_t channels, const int (&factors)[9], double divisor, float* out) {
  for (size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (size_t tap = 0; tap < 9; ++tap) sum += factors[tap] * static_cast<double>(taps[tap * channels + c]);
    out[c] = static_cast<float>(sum / divisor);
  }
}

std::vector<float> weights_f32(std::span<const float> weights, int channels, const int (&factors)[9], double divisor) {
  std::vector<float> u(weights.size() / 9);
  for (size_t at = 0; at < u.size(); at += channels) weigh_f32(&weights[at * 9], channels, factors, divisor, &u[at]);
  return u;
}

}  // namespace

std::vector<int16_t> winograd_weights_s16_f4(std::span<const int8_t> weights, int channels, int p) {
  int factors[9];
  tap_factors(kF4, p, factors);
  std::vector<int16_t> u(weights.size() / 9);
  for (size_t at = 0; at < u.size(); at += channels) weigh_s16(&weights[at * 9], channels, factors, &u[at]);
  return u;
}

std::vector<float> winograd_weights_f32_f4(std::span<const float> weights, int channels, int p) {
  int factors[9];
  tap_factors(kF4, p, factors);
  return weights_f32(weights, channels, factors, 9);
}

std::vector<float> winograd_weights_f32_f2(std::span<const float> weights, int channels, int p) {
  int factors[9];
  tap_factors(kTwiceF2, p, factors);
  return weights_f32(weights, channels, factors, 4);
}

Status check_winograd_sums(std::span<const int8_t> weights, int channels, std::span<const int32_t> bias,
                           std::span<const float> multiplier) {
  constexpr int64_t kLimit = int64_t{1} << 25;
  const size_t row = 9 * static_cast<size_t>(channels);
  for (size_t c = 0; c < bias.size(); ++c) {
    const int64_t largest = largest_sum(weights.subspan(c * row, row), bias[c]);
    const std::string where = "output channel " + std::to_string(c);
    if (largest >= kLimit)
      return unsupported(where + " can sum to " + std::to_string(largest) + ", and integer Winograd is exact below " +
                         std::to_string(kLimit) + "; use the direct convolution");
    if (!(std::fabs(static_cast<double>(largest) * multiplier[c]) < 1 << 30))
      return unsupported(where + " can reach " + std::to_string(static_cast<double>(largest) * multiplier[c]) +
                         " steps of its output's scale; the scale is too small for its range");
  }
  return Ok{};
}

}  // namespace headrace::kernels
