// Winograd's minimal filtering F(m x m, 3 x 3) for stride-1 convolutions (Lavin and Gray, 2016; Winograd, 1980).
//
//   Y = A^T [ (G g G^T) * (B^T d B) ] A        d: an (m+2) x (m+2) patch of the input, g: the 3x3 filter, Y: m x m outputs
//
// The elementwise products over all channels and tiles are (m+2)^2 matrix products, run by the gemm kernels of conv.h
// (gemm_s16 for u8 input, conv_f32 for f32). What this file names are the transforms around them, per ISA; winograd_layer.h
// joins the parts, the same for every ISA.
//
// The rows of G are scaled so that no transform but the weights' needs a fraction, and A^T takes the rest:
//
//   m = 4:  G = [ 6  0  0 ]   B^T = [ 4  0 -5  0  1  0 ]   A^T = [ 1  4  4  1  1  0 ]   gives 24 y
//               [-1 -1 -1 ]         [ 0 -4 -4  1  1  0 ]         [ 0  2 -2  1 -1  0 ]         12 y
//               [-1  1 -1 ]         [ 0  4 -4 -1  1  0 ]         [ 0  1  1  1  1  0 ]          6 y
//               [ 1  2  4 ]         [ 0 -2 -1  2  1  0 ]         [ 0  1 -1  2 -2  1 ]          6 y
//               [ 1 -2  4 ]         [ 0  2 -1 -2  1  0 ]
//               [ 0  0  6 ]         [ 0  4  0 -5  0  1 ]
//   m = 2:  G = [2 0 0; 1 1 1; 1 -1 1; 0 0 2] / 2, B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1], A^T = [1 1 1 0; 0 1 -1 -1]
//
// u8, m = 4: exact. B^T d B of u8 values fits int16: |V| <= 68 * 255 = 17,340; so does U = G g G^T: |U| <= 49 * 128. Output (r,
// c) of a tile is then 9 * 2^k times the convolution with k = shift[r] + shift[c], shift = {3, 2, 1, 1}, computed modulo 2^32:
// the product with the inverse of 9 leaves 2^k times it, while |sum| < 2^25. Scaling by a power of two commutes with every
// rounding of the epilogue, so that multiplier * 2^-k gives the direct convolution's bits. (The bias rides on M: 36 times the
// bias at position (1, 1) adds the bias to all outputs.)
//
// f32, m = 4: G / 3 instead of G; the outputs are 2^k times the convolution.
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
  int rows = 0, cols = 0;  // pixels that exist below and right of `input`, at least 1: patches that reach further repeat the last
  std::byte* output =
      nullptr;  // V: position p = i * (m+2) + j of tile t stands at output + p * position_bytes + t * tile_bytes, s16 or f32.
                // Aligned to 64 bytes, as are both distances: whole vectors are written, up to 64 bytes.
  ptrdiff_t position_bytes = 0, tile_bytes = 0;
};

struct WinogradOutputTask {
  const std::byte* input = nullptr;  // M, laid out as V is: s32 or f32, [position][tile][output channel]; 64-byte aligned
  ptrdiff_t position_bytes = 0, tile_bytes = 0;
  int channels = 0;
  int count = 0;
  int rows = 0, cols = 0;       // pixels of the whole strip that exist: rows <= m, cols <= count * m; the rest is not stored
  std::byte* output = nullptr;  // the first tile's first pixel, channel 0
  ptrdiff_t output_row = 0, output_step = 0;
  const std::byte* addend = nullptr;  // as in ConvPixel
  ptrdiff_t addend_row = 0, addend_step = 0;
  // [channels], both readable by whole vectors of 64 bytes:
  const float* multiplier = nullptr;  // u8 only
  const std::byte* bias = nullptr;    // u8: s32, 36 times the bias, wrapping; f32: the bias
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
