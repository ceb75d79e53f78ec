#include "kernels/amx/conv.h"

#include "kernels/amx/multiply.h"
#include "kernels/avx512vnni/conv.h"

namespace headrace::kernels::amx {

namespace {

// Whether a task is for tiles; else AVX-512 is as fast or faster. Measured on Sapphire Rapids, where vpdpbusd and tdpbusd do 128
// and 1024 products a cycle. Tiles of few pixels take as long as tiles of 8, a block of few steps as long as one of 16. To set up
// and to finish costs what AVX-512 needs for some thousand products of a vector. Pixels are copied anew for every group, which a
// single vector of channels does not pay back.
bool suits_tiles(const ConvTask& task) {
  constexpr int kLeastPixels = 8, kLeastSteps = 10, kLeastVectorsOfGroup = 2;
  constexpr int64_t kLeastProducts = 4000;
  const int steps = task.panels->steps;
  if (task.pixel_count < kLeastPixels || steps < kLeastSteps) return false;
  if (size_t{kTileBytes} * StepBlocks{steps}.count() > kOperandBytes) return false;
  int vectors = 0, groups = 0;
  for (const ConvPanel* panel = task.panels; panel != task.panels + task.panel_count; ++panel) {
    vectors += panel->vectors;
    if (panel == task.panels || panel->first_step != panel[-1].first_step) ++groups;
  }
  return (groups == 1 || vectors >= groups * kLeastVectorsOfGroup) &&
         int64_t{task.pixel_count} * vectors * steps >= kLeastProducts;
}

static_assert(kSumsBytes == kGroups * kGroupBytes);

// One task at work.
class Convolution {
  // With so few blocks a group of one tile of pixels is faster: its sums take half the room in the first-level cache. With more,
  // two tiles, which share what is loaded of weights.
  static constexpr int kShort = 4;

 public:
  explicit Convolution(const ConvTask& task)
      : task_(task),
        epilogue_(*task.epilogue),
        meanwhile_(epilogue_, task.workspace),
        tiles_((task.pixel_count + kTileRows - 1) / kTileRows),
        pixels_{task.workspace + kSumsBytes, (task.pixel_count + tiles_ - 1) / tiles_, {task.panels->steps}},
        group_tiles_(blocks() <= kShort ? 1 : 2) {}

  void run() {
    const TileShapes shapes(pixels_.rows, pixels_.blocks.depth());
    const int each = chunk_tiles() * pixels_.rows;
    for (int begin = 0; begin < task_.pixel_count; begin += each)
      run_chunk(task_.pixels + begin, least(each, task_.pixel_count - begin), begin + each >= task_.pixel_count);
    open_.store_rest<0>();
    meanwhile_.finish_all();
  }

 private:
  // How many tiles of pixels to copy at a time: as many as fit, evenly. Those that a single panel reads, only once, had better
  // stay in the first-level cache.
  int chunk_tiles() const {
    const int fit = static_cast<int>(ptrdiff_t{kOperandBytes} / pixels_.tile_bytes());
    if (task_.panel_count == 1) return least(fit, 2);
    const int chunks = (tiles_ + fit - 1) / fit;
    return (tiles_ + chunks - 1) / chunks;
  }

  // All panels over the pixels that are copied at a time.
  void run_chunk(const ConvPixel* pixels, int count, bool last) {
    const ConvPanel* const end = task_.panels + task_.panel_count;
    int copied = -1;
    for (const ConvPanel* panel = task_.panels; panel != end; ++panel) {
      if (panel->first_step != copied)  // another group
        copy_pixels(pixels_, task_.offsets + (copied = panel->first_step), pixels, count, task_.input_offset);
      const ConvPanel* const next = panel + 1 != end ? panel + 1 : last ? nullptr : task_.panels;
      ask_for(next, pixel_tiles(count) * blocks() * passes(group_tiles_, panel->vectors) / group_tiles_ + 1);
      run_panel(*panel, pixels, count);
    }
  }

  // The next panel; nullptr: what the task says will come after it.
  void ask_for(const ConvPanel* panel, int in_blocks) {
    if (panel == nullptr) return meanwhile_.prefetch(task_.prefetch, task_.prefetch_bytes, in_blocks);
    if (task_.panel_count == 1) return;  // it is at work
    const std::byte* const stop = U8::weights_of(*panel) + ptrdiff_t{panel->steps} * panel->vectors * kRowBytes;
    meanwhile_.prefetch(panel->data, static_cast<size_t>(stop - panel->data), in_blocks);
  }

  void run_panel(const ConvPanel& panel, const ConvPixel* pixels, int count) {
    Operand operand = pixels_;
    for (int begin = 0; begin < count; begin += group_tiles_ * pixels_.rows) {
      const int now = least(group_tiles_ * pixels_.rows, count - begin), tiles = pixel_tiles(now);
      std::byte* const sums = meanwhile_.begin(tiles * panel.vectors * blocks());
      multiply_panel(operand, tiles, panel, sums, open_, meanwhile_);
      operand.data += tiles * pixels_.tile_bytes();
      meanwhile_.end({sums, pixels + begin, now, panel.vectors, panel.channels,
                      task_.output_offset + panel.first_channel * element(), panel.data + panel.vectors * kRowBytes});
    }
  }

  int blocks() const { return pixels_.blocks.count(); }
  int pixel_tiles(int count) const { return (count + pixels_.rows - 1) / pixels_.rows; }
  ptrdiff_t element() const { return task_.epilogue->output == ConvOutput::kU8 ? 1 : 4; }

  const ConvTask& task_;
  const U8::Epilogue epilogue_;
  Meanwhile meanwhile_;
  OpenSums open_;
  int tiles_;
  Operand pixels_;
  int group_tiles_;
};

}  // namespace

void conv_u8_on_tiles(const ConvTask& task) noexcept { Convolution(task).run(); }

void conv_u8(const ConvTask& task) noexcept { suits_tiles(task) ? conv_u8_on_tiles(task) : avx512vnni::conv_u8(task); }

}  // namespace headrace::kernels::amx
