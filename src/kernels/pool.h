// Pooling over windows and over whole pictures. NHWC with a halo, as in conv.h: for a maximum the halo must hold the lowest value
// of the type, for an average the zero point or 0.0f.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headrace::kernels {

// One row of output pixels, all channels.
struct PoolTask {
  const std::byte* input = nullptr;  // under tap (0, 0) of the row's first output pixel
  std::byte* output = nullptr;
  int cols = 0, channels = 0, kernel_h = 0, kernel_w = 0;
  ptrdiff_t input_step = 0;             // bytes from an output pixel's window to the next (stride_w pixels)
  ptrdiff_t tap_row = 0, tap_step = 0;  // bytes from tap to tap
  ptrdiff_t output_step = 0;
  // Averages, one entry per output pixel of the row (windows at the rim may count fewer taps):
  // f32: sum * factor[col]. u8: clamp(rne(float(sum - taps * zero_point) * factor[col]) + output_zero_point, 0, 255), where taps
  // is kernel_h * kernel_w (the halo holds the zero point, so that it adds nothing).
  const float* factor = nullptr;
  int32_t zero_point = 0, output_zero_point = 0;
};

// The average over a whole picture of h x w pixels.
struct GlobalPoolTask {
  const std::byte* input = nullptr;
  std::byte* output = nullptr;  // [channels]
  int rows = 0, cols = 0, channels = 0;
  ptrdiff_t input_row = 0, input_step = 0;
  float factor = 0;  // f32: sum * factor, sums in row order, each channel by itself; u8 as in PoolTask
  int32_t zero_point = 0, output_zero_point = 0;
};

struct PoolKernels {
  void (*max_u8)(const PoolTask&) noexcept = nullptr;
  void (*max_f32)(const PoolTask&) noexcept = nullptr;
  void (*average_u8)(const PoolTask&) noexcept = nullptr;
  void (*average_f32)(const PoolTask&) noexcept = nullptr;
  void (*global_average_u8)(const GlobalPoolTask&) noexcept = nullptr;
  void (*global_average_f32)(const GlobalPoolTask&) noexcept = nullptr;
};

}  // namespace headrace::kernels
