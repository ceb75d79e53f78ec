// Winograd's minimal filtering F(m x m, 3 x 3) for stride-1 convolutions (Lavin and Gray, 2016; Winograd, 1980).
//
//   Y = A^T [ (G g G^T) * (B^T d B) ] A        d: an (m+2) x (m+2) patch of the input, g: the 3x3 filter, Y: m x m outputs
//
// The elementwise products over all channels and tiles are (m+2)^2 matrix products, run by the gemm kernels of conv.h
// (gemm_s16 for u8 input, conv_f32 for f32). What this file names are the transforms around them, per ISA, and the layer that
// joins the parts (winograd.cpp, the same for every ISA).
//
// u8: exact. B^T d B of u8 values fits int16 (|V| <= 12,750 for m = 4); the rows of G are multiplied by 4, 6, 6, 24, 24, 1, which
// makes U = G g G^T integers (|U| <= 49 * 128); A^T takes the rest of the common factor 24, so the result is 576 times
// the convolution, computed modulo 2^32: the product with the inverse of 9 and an arithmetic shift by 6 give the exact sum while |sum| < 2^25.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv.h"

namespace headrace::kernels {

// Tiles side by side: `count` patches of one row of tiles. Patch i begins at input + i * m * pixel_bytes.
struct WinogradInputTask {
  const std::byte* input = nullptr;  // top left of the first patch, channel 0 (in the halo at the picture's rim)
  ptrdiff_t row_bytes = 0, pixel_bytes = 0;
  int channels = 0;
  int count = 0;
  std::byte* output = nullptr;  // V: position p = i * (m+2) + j of tile t stands at output + p * position_bytes + t * tile_bytes
  ptrdiff_t position_bytes = 0, tile_bytes = 0;
};

struct WinogradOutputTask {
  const std::byte* input = nullptr;  // M, laid out as V is: s32 or f32, [position][tile][output channel]
  ptrdiff_t position_bytes = 0, tile_bytes = 0;
  int channels = 0;
  int count = 0;
  int rows = 0, cols = 0;            // pixels of the whole strip that exist: rows <= m, cols <= count * m; the rest is not stored
  std::byte* output = nullptr;       // the first tile's first pixel, channel 0
  ptrdiff_t output_row = 0, output_step = 0;
  const std::byte* addend = nullptr; // as in ConvRow
  ptrdiff_t addend_row = 0, addend_step = 0;
  const float* multiplier = nullptr;  // u8: [channels]
  const std::byte* bias = nullptr;    // [channels], s32 or f32
  const ConvEpilogue* epilogue = nullptr;
};

struct WinogradKernels {
  void (*input_u8_f4)(const WinogradInputTask&) noexcept = nullptr;    // u8 to s16
  void (*output_u8_f4)(const WinogradOutputTask&) noexcept = nullptr;  // s32 to u8
  void (*input_f32_f4)(const WinogradInputTask&) noexcept = nullptr;
  void (*output_f32_f4)(const WinogradOutputTask&) noexcept = nullptr;
  void (*input_f32_f2)(const WinogradInputTask&) noexcept = nullptr;
  void (*output_f32_f2)(const WinogradOutputTask&) noexcept = nullptr;
};

}  // namespace headrace::kernels
