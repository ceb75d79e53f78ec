#include "kernels/reference/depthwise.h"

#include <algorithm>
#include <cmath>

#include "kernels/reference/arithmetic.h"

namespace headrace::kernels::reference {
namespace {

// Packed: bias [channels], multiplier [channels] (u8 only), weights [channels][kernel_h][kernel_w].
struct Packer {
  std::byte* next;
  template <typename T>
  void append(std::span<const T> values) {
    if (!values.empty()) std::memcpy(next, values.data(), values.size_bytes());
    next += values.size_bytes();
  }
};

AlignedBytes pack_u8(const DepthwiseShape&, std::span<const int8_t> weights, std::span<const int32_t> bias,
                     std::span<const float> multiplier) {
  AlignedBytes packed(bias.size_bytes() + multiplier.size_bytes() + weights.size_bytes());
  Packer packer{packed.data()};
  packer.append(bias);
  packer.append(multiplier);
  packer.append(weights);
  return packed;
}

AlignedBytes pack_f32(const DepthwiseShape& shape, std::span<const float> weights, std::span<const float> bias) {
  AlignedBytes packed(sizeof(float) * shape.channels + weights.size_bytes());
  Packer packer{packed.data()};
  packer.append(bias);
  packer.next = packed.data() + sizeof(float) * shape.channels;  // a bias that is absent is zeros
  packer.append(weights);
  return packed;
}

// Adds up the window of output pixel (row, col), channel c, whose values and weights are T and W.
template <typename T, typename W, typename Sum, typename Mac>
Sum add_window(const DepthwiseTask& task, const std::byte* weights, int row, int col, int c, Sum sum, const Mac& mac) {
  const DepthwiseShape& shape = task.shape;
  const std::byte* in = task.input + row * task.input_row + col * task.input_step + c * static_cast<ptrdiff_t>(sizeof(T));
  const std::byte* w = weights + static_cast<ptrdiff_t>(sizeof(W)) * c * shape.kernel_h * shape.kernel_w;
  for (int kh = 0; kh < shape.kernel_h; ++kh)
    for (int kw = 0; kw < shape.kernel_w; ++kw, w += sizeof(W))
      sum = mac(sum, load<T>(in + kh * task.tap_row + kw * task.tap_step), load<W>(w));
  return sum;
}

template <typename T, typename Compute>
void each_output(const DepthwiseTask& task, const Compute& compute) {
  for (int row = 0; row < task.row_count; ++row)
    for (int col = 0; col < task.cols; ++col)
      for (int c = 0; c < task.shape.channels; ++c)
        store<T>(task.output + row * task.output_row + col * task.output_step + c * static_cast<ptrdiff_t>(sizeof(T)),
                 compute(row, col, c));
}

void depthwise_u8(const DepthwiseTask& task) noexcept {
  const ConvEpilogue& e = *task.epilogue;
  const std::byte* const multiplier = task.weights + static_cast<ptrdiff_t>(4) * task.shape.channels;
  const std::byte* const weights = multiplier + static_cast<ptrdiff_t>(4) * task.shape.channels;
  each_output<uint8_t>(task, [&](int row, int col, int c) {
    const int32_t sum = add_window<uint8_t, int8_t>(task, weights, row, col, c, load<int32_t>(task.weights + 4 * c),
                                                    [](int32_t acc, uint8_t x, int8_t w) { return acc + x * w; });
    return requantize(static_cast<float>(sum) * load<float>(multiplier + 4 * c), e.zero_point, e.minimum, e.maximum);
  });
}

void depthwise_f32(const DepthwiseTask& task) noexcept {
  const ConvEpilogue& e = *task.epilogue;
  const std::byte* const weights = task.weights + static_cast<ptrdiff_t>(4) * task.shape.channels;
  each_output<float>(task, [&](int row, int col, int c) {
    const float sum = add_window<float, float>(task, weights, row, col, c, load<float>(task.weights + 4 * c),
                                               [](float acc, float x, float w) { return std::fma(x, w, acc); });
    return std::min(std::max(sum, e.minimum_f32), e.maximum_f32);
  });
}

}  // namespace

constinit const DepthwiseKernels depthwise_kernels{
    .pack_u8 = pack_u8, .pack_f32 = pack_f32, .u8 = depthwise_u8, .f32 = depthwise_f32};

}  // namespace headrace::kernels::reference
