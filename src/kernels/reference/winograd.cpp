#include "kernels/reference/winograd.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/reference/arithmetic.h"

namespace headrace::kernels::reference {

namespace {

// The matrices of winograd.h and log2 of what each output row is scaled by.
struct F4 {
  static constexpr int kOutputs = 4, kPatch = 6;
  static constexpr int kInput[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                       {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
  static constexpr int kOutput[4][6] = {{1, 4, 4, 1, 1, 0}, {0, 2, -2, 1, -1, 0}, {0, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 1}};
  static constexpr int kShift[4] = {3, 2, 1, 1};
};
struct F2 {
  static constexpr int kOutputs = 2, kPatch = 4;
  static constexpr int kInput[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
  static constexpr int kOutput[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
  static constexpr int kShift[2] = {0, 0};
};

// matrix * x * transposed matrix. Sums of uint32_t wrap, as they may.
template <typename T, int N, int P>
void transform(const int (&matrix)[N][P], const T (&x)[P][P], T (&y)[N][N]) {
  T half[N][P] = {};
  for (int r = 0; r < N; ++r)
    for (int j = 0; j < P; ++j)
      for (int i = 0; i < P; ++i) half[r][j] += static_cast<T>(matrix[r][i]) * x[i][j];
  for (int r = 0; r < N; ++r)
    for (int c = 0; c < N; ++c) {
      y[r][c] = 0;
      for (int j = 0; j < P; ++j) y[r][c] += half[r][j] * static_cast<T>(matrix[c][j]);
    }
}

// In: an element of the picture, Sum: of the arithmetic, V: of the result.
template <class F, typename In, typename Sum, typename V>
void input_transform(const WinogradInputTask& task) noexcept {
  constexpr int N = F::kPatch;
  for (int tile = 0; tile < task.count; ++tile) {
    for (int channel = 0; channel < task.channels; ++channel) {
      Sum d[N][N], v[N][N];
      for (int i = 0; i < N; ++i)
        for (int j = 0; j < N; ++j) {
          const int row = std::min(i, task.rows - 1), col = std::min(tile * F::kOutputs + j, task.cols - 1);
          d[i][j] = load<In>(task.input + row * task.row_bytes + col * task.pixel_bytes + channel * sizeof(In));
        }
      transform(F::kInput, d, v);
      for (int p = 0; p < N * N; ++p) {
        const V value = static_cast<V>(v[p / N][p % N]);
        std::memcpy(task.output + p * task.position_bytes + tile * task.tile_bytes + channel * sizeof(V), &value, sizeof value);
      }
    }
  }
}

template <class F, typename Sum>
void load_products(const WinogradOutputTask& task, int tile, int channel, Sum (&m)[F::kPatch][F::kPatch]) {
  for (int p = 0; p < F::kPatch * F::kPatch; ++p)
    m[p / F::kPatch][p % F::kPatch] = load<Sum>(task.input + p * task.position_bytes + tile * task.tile_bytes + channel * 4);
}

// Calls store(r, c, channel, y, offset from the tile's first pixel) for everything that exists.
template <class F, typename Sum, typename Centre, typename Store>
void output_transform(const WinogradOutputTask& task, const Centre& centre, const Store& store) {
  for (int tile = 0; tile < task.count; ++tile) {
    for (int channel = 0; channel < task.channels; ++channel) {
      Sum m[F::kPatch][F::kPatch], y[F::kOutputs][F::kOutputs];
      load_products<F>(task, tile, channel, m);
      m[1][1] += centre(channel);
      transform(F::kOutput, m, y);
      for (int r = 0; r < std::min(F::kOutputs, task.rows); ++r)
        for (int c = 0; c < std::min(F::kOutputs, task.cols - tile * F::kOutputs); ++c)
          store(r, tile * F::kOutputs + c, channel, y[r][c], F::kShift[r] + F::kShift[c % F::kOutputs]);
    }
  }
}

int32_t round_half_even(float x) { return static_cast<int32_t>(std::nearbyintf(x)); }

// 9 * 2^shift times the sum, modulo 2^32, to the sum.
int32_t exact_sum(uint32_t scaled, int shift) { return static_cast<int32_t>(scaled * 0x38E38E39u) >> shift; }

template <class F>
void output_f32(const WinogradOutputTask& task) noexcept {
  output_transform<F, float>(
      task, [](int) { return 0.0f; },
      [&](int row, int col, int channel, float y, int shift) {
        float value = std::fma(y, 1.0f / static_cast<float>(1 << shift), load<float>(task.bias + channel * 4));
        if (task.addend) value += load<float>(task.addend + row * task.addend_row + col * task.addend_step + channel * 4);
        value = std::min(std::max(value, task.epilogue->minimum_f32), task.epilogue->maximum_f32);
        std::memcpy(task.output + row * task.output_row + col * task.output_step + channel * 4, &value, 4);
      });
}

void output_u8(const WinogradOutputTask& task) noexcept {
  const ConvEpilogue& e = *task.epilogue;
  const auto bias = [&](int channel) { return load<uint32_t>(task.bias + channel * 4); };
  output_transform<F4, uint32_t>(task, bias, [&](int row, int col, int channel, uint32_t y, int shift) {
    const float scaled = static_cast<float>(exact_sum(y, shift)) * task.multiplier[channel];
    int32_t q = std::clamp(round_half_even(scaled) + e.zero_point, e.minimum, e.maximum);
    if (e.add) {
      const auto addend = load<uint8_t>(task.addend + row * task.addend_row + col * task.addend_step + channel);
      q = e.own_is_a ? sum_of(q, addend, e.sum) : sum_of(addend, q, e.sum);
    }
    task.output[row * task.output_row + col * task.output_step + channel] = static_cast<std::byte>(q);
  });
}

}  // namespace

constinit const WinogradKernels winograd_kernels{.input_u8_f4 = input_transform<F4, uint8_t, int32_t, int16_t>,
                                                 .output_u8_f4 = output_u8,
                                                 .input_f32_f4 = input_transform<F4, float, float, float>,
                                                 .output_f32_f4 = output_f32<F4>,
                                                 .input_f32_f2 = input_transform<F2, float, float, float>,
                                                 .output_f32_f2 = output_f32<F2>};

}  // namespace headrace::kernels::reference
