// Depthwise convolution: every channel by itself, one output channel per input channel. NHWC with a halo, as in conv.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/conv.h"
#include "kernels/pack.h"

namespace headrace::kernels {

struct DepthwiseShape {
  int channels = 0, kernel_h = 0, kernel_w = 0;
};

// Rows that follow each other in the picture: row r + 1 of the output reads input rows stride_h further down.
struct DepthwiseTask {
  const std::byte* input = nullptr;  // under tap (0, 0) of the first row's first output pixel, channel 0
  std::byte* output = nullptr;       // the first row's first output pixel, channel 0
  int row_count = 0, cols = 0;
  ptrdiff_t input_row = 0;              // bytes from an output row's input to the next one's (stride_h input rows)
  ptrdiff_t input_step = 0;             // bytes from an output pixel's input to its right-hand neighbour's (stride_w pixels)
  ptrdiff_t tap_row = 0, tap_step = 0;  // bytes from tap to tap, down and to the right (dilation multiplied in)
  ptrdiff_t output_row = 0, output_step = 0;
  DepthwiseShape shape;
  const std::byte* weights = nullptr;      // packed by the same table
  const ConvEpilogue* epilogue = nullptr;  // kU8 without addition for u8; kF32 without addition for f32
};

struct DepthwiseKernels {
  // `weights`: [channels][kernel_h][kernel_w]; bias (zero point taken out, as for pack_conv_u8) and multiplier per channel.
  AlignedBytes (*pack_u8)(const DepthwiseShape&, std::span<const int8_t> weights, std::span<const int32_t> bias,
                          std::span<const float> multiplier) = nullptr;
  AlignedBytes (*pack_f32)(const DepthwiseShape&, std::span<const float> weights, std::span<const float> bias) = nullptr;
  void (*u8)(const DepthwiseTask&) noexcept = nullptr;
  void (*f32)(const DepthwiseTask&) noexcept = nullptr;
};

}  // namespace headrace::kernels
