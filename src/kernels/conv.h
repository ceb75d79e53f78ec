// Convolution and matrix product, all kinds, as one loop: "steps".
//
// Activations lie in memory as NHWC, with a rim (halo) of real memory round each picture that holds what padding means (the
// zero point, or 0.0f). So the value under tap (kh, kw), channel c, of any output pixel stands at a distance from the pixel's
// first tap that is the same for all pixels. A *step* is four neighbouring bytes at such a distance: four u8, two s16 or one
// f32. The micro-kernel knows nothing of taps, strides or groups: for each step it broadcasts the four bytes of every pixel of
// its tile and multiplies them with one vector of weights per `lanes` output channels.
//
//   acc[pixel][channel] += dot(input[pixel][offsets[step] .. + 4], weights[step][channel])
//
// A 1x1 convolution, a Gemm and the inner product of Winograd are the same with one tap. Output channels come in *panels* of a
// few vectors; weights, bias and multipliers of a panel lie together in the order in which the micro-kernel reads them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/elementwise.h"

namespace headrace::kernels {

// One output pixel.
struct ConvPixel {
  const std::byte* input;   // under tap (0, 0), channel 0
  std::byte* output;        // channel 0
  const std::byte* addend;  // what a residual addition reads, u8 or f32 as the output; nullptr without one
};

// The panel's share of the packed weights.
// `data` is aligned to 64 bytes: bias[lanes * vectors] (s32 or f32), multiplier[lanes * vectors] (f32; only for u8 input), then
// weights [steps][vectors][lanes * 4 bytes]. Channels within it are in the geometry's lane order.
struct ConvPanel {
  int first_channel = 0;
  int channels = 0;  // that exist; the other lanes hold zeros and are not stored
  int vectors = 0;   // 1 to ConvGeometry::max_vectors
  int steps = 0;     // all of them
  // Of these, the first so many may be added in int16 in threes (a multiple of 3), the next in pairs (an even number): proven not
  // to overflow. The rest stand alone.
  int tripled_steps = 0, paired_steps = 0;
  int first_step = 0;  // where its offsets begin in the layer's list
  const std::byte* data = nullptr;
};

enum class ConvOutput {
  kU8,   // requantised: clamp(rne(acc * multiplier) + zero_point), then the addition, if there is one
  kF32,  // acc * multiplier for u8 input (bias is s32 then), clamp(acc [+ addend], minimum, maximum) for f32 input
  kS32,  // the accumulators (s16 input; Winograd)
};

// What happens to the sums. Float32 arithmetic, one operation at a time, rounded half to even (docs/numerics.md).
struct ConvEpilogue {
  ConvOutput output = ConvOutput::kU8;
  // u8: the layer's own output q.
  int32_t zero_point = 0, minimum = 0, maximum = 255;
  // u8 with an addend: q and the addend's code are the sum's `a` and `b`, or the other way round.
  bool add = false, own_is_a = true;
  AddU8 sum = {};
  // f32 output of f32 input: the clamp (a Relu is 0 and infinity).
  float minimum_f32 = -__builtin_inff(), maximum_f32 = __builtin_inff();
};

// Some pixels, one panel of channels after the other. The list of pixels is made once and serves all panels.
struct ConvTask {
  const ConvPixel* pixels = nullptr;
  int pixel_count = 0;
  ptrdiff_t input_offset = 0, output_offset = 0;  // bytes by which all pixels lie further on
  const ConvPanel* panels = nullptr;
  int panel_count = 1;
  const int32_t* offsets = nullptr;  // the layer's: byte distance of each step
  const ConvEpilogue* epilogue = nullptr;
  const std::byte* prefetch = nullptr;  // what will be read after these panels, or nullptr
  size_t prefetch_bytes = 0;
  std::byte* workspace = nullptr;  // ConvGeometry::workspace_bytes, aligned to 64, for the kernel alone
};

using ConvKernel = void (*)(const ConvTask&) noexcept;

// How an ISA wants its panels.
struct ConvGeometry {
  int lanes = 0;        // 32-bit lanes of a vector
  int max_vectors = 0;  // of a panel
  // Whether channel c of a panel stands in the order that two rounds of in-lane packing undo: see packed_lane(). Else it is lane
  // c % lanes of vector c / lanes.
  bool packed_order = false;
  // u8 only: sums of u8 * s8 pairs pass through int16, so that only pairs that keep the pair rule may meet (vpmaddubsw).
  bool saturating_pairs = false;
  size_t workspace_bytes = 0;  // that every task must bring
};

// Where channel `c` of a panel of `vectors` vectors stands (vector * lanes + lane) with ConvGeometry::packed_order.
// (Always inline: code of one instruction set must not stand in for another's.)
[[gnu::always_inline]] constexpr int packed_lane(int c, int vectors, int lanes) {
  const int group = vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1;
  const int begin = c / (group * lanes) * group, within = c % (group * lanes);
  if (group == 2 && begin == 2) return 2 * lanes + within;  // the third vector of three is a group of its own
  return (begin + within / 4 % group) * lanes + within / (4 * group) * 4 + within % 4;
}

}  // namespace headrace::kernels
