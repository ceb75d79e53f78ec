// A 3x3 convolution of stride 1, dilation 1 and one group by Winograd's minimal filtering (winograd.h): transformed weights, and
// the loop over blocks of tiles that joins the transforms and the matrix products of a kernel table.
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "kernels/kernel_table.h"
#include "kernels/pack.h"

namespace headrace::kernels {

enum class WinogradKind {
  kU8F4,   // F(4x4, 3x3) of u8 in exact integers: the direct kernel's bits
  kF32F4,  // F(4x4, 3x3) of f32
  kF32F2,  // F(2x2, 3x3) of f32: rounds less
};

struct WinogradShape {
  int channels = 0, output_channels = 0;
};

// A share of one picture's output rows. All pointers stand at the picture's first output pixel, channel 0, whatever the rows are;
// `input` under tap (0, 0) of it, that is in the halo.
struct WinogradRows {
  const std::byte* input = nullptr;
  std::byte* output = nullptr;
  const std::byte* addend = nullptr;  // as in ConvPixel
  int row_begin = 0, row_end = 0;     // row_begin: a multiple of outputs_per_tile()
};

// Pictures of one size. Rows + 2 by cols + 2 input pixels are read, and up to 64 bytes behind the last channel of each.
struct WinogradRun {
  std::span<const WinogradRows> pictures = {};  // several share one pass over the weights
  ptrdiff_t input_row = 0, input_pixel = 0, output_row = 0, output_pixel = 0, addend_row = 0, addend_pixel = 0;  // bytes
  int rows = 0, cols = 0;                    // output pixels of a whole picture
  int panel_begin = 0, panel_end = INT_MAX;  // which panels of output channels, to share out small pictures
  const ConvEpilogue* epilogue = nullptr;    // kU8 for u8, kF32 for f32
  std::byte* workspace = nullptr;            // workspace_bytes(), aligned to 64 bytes
};

class WinogradLayer {
 public:
  // `weights`: OHWI, [output_channels][3][3][channels]; bias (the input's zero point taken out, as for pack_conv_u8) and
  // multiplier per output channel.
  // Errors: unsupported when a channel's sum can leave (-2^25, 2^25), beyond which Winograd's integers are not exact, or when a
  // scaled sum can leave the range of int32. The direct kernel is the way then.
  static Result<WinogradLayer> pack_u8(const KernelTable& table, const WinogradShape& shape, std::span<const int8_t> weights,
                                       std::span<const int32_t> bias, std::span<const float> multiplier);
  // `kind`: kF32F4 or kF32F2. `bias` may be empty (zeros).
  static WinogradLayer pack_f32(const KernelTable& table, WinogradKind kind, const WinogradShape& shape,
                                std::span<const float> weights, std::span<const float> bias);

  // Rows and columns of a tile.
  int outputs_per_tile() const { return outputs_; }
  // Of every thread that runs the layer, for pictures of any size.
  size_t workspace_bytes() const { return pixels_offset() + block_tiles_ * sizeof(ConvPixel); }
  std::span<const std::byte> weights() const { return {weights_.data(), weights_.size()}; }
  int panels() const { return static_cast<int>(panels_.size()); }

  // The same bits however rows, pictures and panels are shared out among calls.
  void run(const WinogradRun& run) const noexcept;

 private:
  // How V or M lies in the workspace: [position][tile of the block][channels].
  struct Plane {
    ptrdiff_t tile_bytes = 0, position_bytes = 0;
    size_t bytes(int positions) const { return static_cast<size_t>(positions) * position_bytes; }
  };
  // A panel's weights, position after position.
  struct Panel {
    ConvPanel conv;  // of position 0
    ptrdiff_t position_bytes = 0;
  };
  struct Block;

  WinogradLayer(const KernelTable& table, WinogradKind kind, const WinogradShape& shape);
  int positions() const { return (outputs_ + 2) * (outputs_ + 2); }
  // Behind V and M: a block's tiles as pixels of the products, each in V and M of position 0.
  size_t pixels_offset() const { return v_.bytes(positions()) + m_.bytes(positions()); }
  ConvPixel* pixels(const WinogradRun& run) const { return reinterpret_cast<ConvPixel*>(run.workspace + pixels_offset()); }
  // Takes position `p`'s packed weights over; position 0 comes first.
  void add_position(int p, const PackedConv& packed);
  void transform_input(const WinogradRun& run, const Block& block) const;
  void multiply(const WinogradRun& run, const Block& block, const Panel& panel) const;
  void transform_output(const WinogradRun& run, const Block& block, const Panel& panel) const;

  WinogradKind kind_;
  WinogradShape shape_;
  int outputs_ = 4;
  int block_tiles_ = 0;  // at most
  Plane v_, m_;
  ConvKernel gemm_ = nullptr;
  void (*input_)(const WinogradInputTask&) noexcept = nullptr;
  void (*output_)(const WinogradOutputTask&) noexcept = nullptr;
  std::vector<Panel> panels_;
  std::vector<int32_t> offsets_;  // of the products' steps: one after the other
  AlignedBytes weights_;
  AlignedBytes bias_, multiplier_;  // per output channel, as WinogradOutputTask wants them
};

}  // namespace headrace::kernels
