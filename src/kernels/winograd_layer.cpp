#include "kernels/winograd_layer.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/cpu.h"
#include "kernels/winograd_blocks.h"
#include "kernels/winograd_weights.h"

namespace headrace::kernels {

namespace {

constexpr ptrdiff_t kLine = 64;
constexpr int kTileMultiple = 6;  // pixels of a full tile of the matrix products, on all ISAs

ptrdiff_t whole_lines(ptrdiff_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

// What V and M of a block may take: half of the second-level cache, the other half being the weights' that pass through.
ptrdiff_t block_budget() {
  return std::clamp<ptrdiff_t>(cpu_info().level2_cache_bytes / 2, ptrdiff_t{256} << 10, ptrdiff_t{1} << 20);
}

// An odd number of cache lines: the positions of a tile, which are read and written together, then fall into different sets.
ptrdiff_t odd_lines(ptrdiff_t bytes) { return whole_lines(bytes) | kLine; }

template <typename T>
AlignedBytes padded(std::span<const T> values, size_t count) {
  AlignedBytes bytes(static_cast<size_t>(whole_lines(count * sizeof(T)) + kLine));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), values.size_bytes());
  return bytes;
}

}  // namespace

struct WinogradLayer::Block {
  TileWalk begin;
  int tiles = 0;

  // Calls visit(strip, the strip's first tile within the block).
  template <typename Visit>
  void each_strip(const Visit& visit) const {
    TileWalk walk = begin;
    for (int tile = 0; tile < tiles;) {
      const TileStrip strip = walk.next(tiles - tile);
      visit(strip, tile);
      tile += strip.count;
    }
  }
};

WinogradLayer::WinogradLayer(const KernelTable& table, WinogradKind kind, const WinogradShape& shape)
    : kind_(kind), shape_(shape), outputs_(kind == WinogradKind::kF32F2 ? 2 : 4) {
  const bool u8 = kind == WinogradKind::kU8F4;
  const WinogradKernels& kernels = table.winograd;
  gemm_ = u8 ? table.gemm_s16 : table.conv_f32;
  input_ = u8 ? kernels.input_u8_f4 : kind == WinogradKind::kF32F4 ? kernels.input_f32_f4 : kernels.input_f32_f2;
  output_ = u8 ? kernels.output_u8_f4 : kind == WinogradKind::kF32F4 ? kernels.output_f32_f4 : kernels.output_f32_f2;
  const ConvGeometry& geometry = u8 ? table.gemm_s16_geometry : table.conv_f32_geometry;
  v_.tile_bytes = whole_lines(shape.channels * (u8 ? 2 : 4));
  m_.tile_bytes = whole_lines(std::min(geometry.lanes * geometry.max_vectors * 4, (shape.output_channels + 15) / 16 * 64));
  const ptrdiff_t each = positions() * (v_.tile_bytes + m_.tile_bytes);
  block_tiles_ = static_cast<int>(std::max<ptrdiff_t>(block_budget() / each / kTileMultiple, 1) * kTileMultiple);
  v_.position_bytes = odd_lines(block_tiles_ * v_.tile_bytes);
  m_.position_bytes = odd_lines(block_tiles_ * m_.tile_bytes);
}

Result<WinogradLayer> WinogradLayer::pack_u8(const KernelTable& table, const WinogradShape& shape,
                                             std::span<const int8_t> weights, std::span<const int32_t> bias,
                                             std::span<const float> multiplier) {
  HEADRACE_CHECK(check_winograd_sums(weights, shape.channels, bias, multiplier));
  WinogradLayer layer(table, WinogradKind::kU8F4, shape);
  for (int p = 0; p < layer.positions(); ++p)
    layer.add_position(p, pack_gemm_s16(table.gemm_s16_geometry, shape.output_channels, shape.channels,
                                        winograd_weights_s16_f4(weights, shape.channels, p)));
  std::vector<uint32_t> scaled(bias.begin(), bias.end());
  for (uint32_t& b : scaled) b *= 36;
  layer.bias_ = padded<uint32_t>(scaled, shape.output_channels);
  layer.multiplier_ = padded(multiplier, shape.output_channels);
  return layer;
}

WinogradLayer WinogradLayer::pack_f32(const KernelTable& table, WinogradKind kind, const WinogradShape& shape,
                                      std::span<const float> weights, std::span<const float> bias) {
  const auto transform = kind == WinogradKind::kF32F4 ? winograd_weights_f32_f4 : winograd_weights_f32_f2;
  WinogradLayer layer(table, kind, shape);
  for (int p = 0; p < layer.positions(); ++p)
    layer.add_position(
        p, pack_conv_f32(table.conv_f32_geometry, {.output_channels = shape.output_channels, .group_channels = shape.channels},
                         transform(weights, shape.channels, p), {}));
  layer.bias_ = padded(bias, shape.output_channels);
  return layer;
}

void WinogradLayer::add_position(int p, const PackedConv& packed) {
  if (p == 0) {
    weights_ = AlignedBytes(packed.bytes.size() * positions());
    offsets_ = step_offsets(packed, 0, 0);
  }
  const std::byte* const end = packed.bytes.data() + packed.bytes.size();
  std::byte* to = weights_.data();
  for (size_t i = 0; i < packed.panels.size(); ++i) {
    const std::byte* const from = packed.panels[i].data;
    const ptrdiff_t bytes = (i + 1 < packed.panels.size() ? packed.panels[i + 1].data : end) - from;
    if (p == 0) {
      panels_.push_back({packed.panels[i], bytes});
      panels_.back().conv.data = to;
    }
    std::memcpy(to + p * bytes, from, static_cast<size_t>(bytes));
    to += positions() * bytes;
  }
}

void WinogradLayer::run(const WinogradRun& run) const noexcept {
  TileWalk walk(run, outputs_);
  const int64_t total = walk.total(), blocks = (total + block_tiles_ - 1) / block_tiles_;
  if (total == 0) return;
  const int64_t even = (total + blocks - 1) / blocks;
  const int each = static_cast<int>((even + kTileMultiple - 1) / kTileMultiple * kTileMultiple);
  ConvPixel* const list = pixels(run);
  for (int i = 0; i < block_tiles_; ++i)
    list[i] = {run.workspace + i * v_.tile_bytes, run.workspace + v_.bytes(positions()) + i * m_.tile_bytes, nullptr};
  for (int64_t done = 0; done < total; done += each) {
    const Block block{walk, static_cast<int>(std::min<int64_t>(each, total - done))};
    transform_input(run, block);
    for (int i = run.panel_begin; i < std::min(run.panel_end, panels()); ++i) {
      multiply(run, block, panels_[i]);
      transform_output(run, block, panels_[i]);
    }
    block.each_strip([&](const TileStrip& strip, int) { walk.next(strip.count); });
  }
}

void WinogradLayer::transform_input(const WinogradRun& run, const Block& block) const {
  WinogradInputTask task{.row_bytes = run.input_row,
                         .pixel_bytes = run.input_pixel,
                         .channels = shape_.channels,
                         .position_bytes = v_.position_bytes,
                         .tile_bytes = v_.tile_bytes};
  block.each_strip([&](const TileStrip& strip, int tile) {
    task.input = strip.picture->input + strip.row * run.input_row + strip.col * run.input_pixel;
    task.count = strip.count;
    task.rows = run.rows + 2 - strip.row;
    task.cols = run.cols + 2 - strip.col;
    task.output = run.workspace + tile * v_.tile_bytes;
    input_(task);
  });
}

void WinogradLayer::multiply(const WinogradRun& run, const Block& block, const Panel& panel) const {
  static constexpr ConvEpilogue kSums32{.output = ConvOutput::kS32}, kSumsF32{.output = ConvOutput::kF32};
  ConvPanel weights = panel.conv;
  weights.first_channel = weights.first_step = 0;  // M holds this panel's channels only
  ConvTask task{.pixels = pixels(run),
                .pixel_count = block.tiles,
                .panels = &weights,
                .offsets = offsets_.data(),
                .epilogue = kind_ == WinogradKind::kU8F4 ? &kSums32 : &kSumsF32};
  for (int p = 0; p < positions(); ++p) {
    task.prefetch = weights.data + panel.position_bytes;  // the next position's, or the next panel's
    task.prefetch_bytes =
        static_cast<size_t>(std::clamp<ptrdiff_t>(weights_.data() + weights_.size() - task.prefetch, 0, panel.position_bytes));
    gemm_(task);
    task.input_offset += v_.position_bytes;
    task.output_offset += m_.position_bytes;
    weights.data += panel.position_bytes;
  }
}

void WinogradLayer::transform_output(const WinogradRun& run, const Block& block, const Panel& panel) const {
  const ptrdiff_t first = panel.conv.first_channel, element = kind_ == WinogradKind::kU8F4 ? 1 : 4;
  WinogradOutputTask task{.position_bytes = m_.position_bytes,
                          .tile_bytes = m_.tile_bytes,
                          .channels = panel.conv.channels,
                          .output_row = run.output_row,
                          .output_step = run.output_pixel,
                          .addend_row = run.addend_row,
                          .addend_step = run.addend_pixel,
                          .multiplier = reinterpret_cast<const float*>(multiplier_.data()) + first,
                          .bias = bias_.data() + first * 4,
                          .epilogue = run.epilogue};
  const std::byte* const m = run.workspace + v_.bytes(positions());
  block.each_strip([&](const TileStrip& strip, int tile) {
    const WinogradRows& picture = *strip.picture;
    task.input = m + tile * m_.tile_bytes;
    task.count = strip.count;
    task.rows = std::min(outputs_, picture.row_end - strip.row);
    task.cols = std::min(run.cols - strip.col, strip.count * outputs_);
    task.output = picture.output + strip.row * run.output_row + strip.col * run.output_pixel + first * element;
    task.addend =
        picture.addend ? picture.addend + strip.row * run.addend_row + strip.col * run.addend_pixel + first * element : nullptr;
    output_(task);
  });
}

}  // namespace headrace::kernels
