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

// One group's sums: two tiles of pixels, the four vectors of the widest panel.
static_assert(kSumsBytes == size_t{2} * kTileRows * 4 * kRowBytes);

// One task at work.
class Convolution {
  // With so few blocks a group of one tile of pixels is faster: its sums take half the room in the first-level cache. With more,
  // two tiles, which share what is loaded of weights.
  static constexpr int kShort = 4;

 public:
  explicit Convolution(const ConvTask& task)
      : task_(task), epilogue_(*task.epilogue), blocks_{task.panels->steps}, group_tiles_(blocks_.count() <= kShort ? 1 : 2) {}

  void run() {
    const PixelsInPlace in_place(task_);
    const int tiles = (task_.pixel_count + kTileRows - 1) / kTileRows;
    const Operand copied{task_.workspace + kSumsBytes, (task_.pixel_count + tiles - 1) / tiles, blocks_};
    const TileShapes shapes(in_place.good() ? in_place.rows() : copied.rows, blocks_.depth());
    if (in_place.good()) run_in_place(in_place);
    else run_copied(copied, tiles);
  }

 private:
  void run_in_place(const PixelsInPlace& pixels) {
    for (const ConvPanel* panel = task_.panels; panel != end(); ++panel) {
      ask_for(panel + 1 != end() ? panel + 1 : nullptr, *panel, pixels.tiles());
      int done = 0;
      for (int tile = 0; tile < pixels.tiles(); tile += group_tiles_) {
        const int tiles = least(group_tiles_, pixels.tiles() - tile), begin = pixels.first_pixel(tile);
        const int stop = pixels.first_pixel(tile + tiles - 1) + pixels.rows();
        run_group(pixels.from(tile, tiles, task_.input_offset, task_.offsets + panel->first_step), tiles, *panel, begin, done,
                  stop);
        done = stop;
      }
    }
  }

  void run_copied(const Operand& pixels, int tiles) {
    const int each = chunk_tiles(pixels, tiles) * pixels.rows;
    for (int begin = 0; begin < task_.pixel_count; begin += each)
      run_chunk(pixels, begin, least(task_.pixel_count, begin + each));
  }

  // How many tiles of pixels to copy at a time: as many as fit, evenly. Those that a single panel reads, only once, had better
  // stay in the first-level cache.
  int chunk_tiles(const Operand& pixels, int tiles) const {
    const int fit = static_cast<int>(ptrdiff_t{kOperandBytes} / pixels.tile_bytes());
    if (task_.panel_count == 1) return least(fit, 2);
    const int chunks = (tiles + fit - 1) / fit;
    return (tiles + chunks - 1) / chunks;
  }

  // All panels over the pixels that are copied at a time.
  void run_chunk(const Operand& pixels, int begin, int stop) {
    const bool last = stop == task_.pixel_count;
    const int tiles = (stop - begin + pixels.rows - 1) / pixels.rows;
    int copied = -1;
    for (const ConvPanel* panel = task_.panels; panel != end(); ++panel) {
      if (panel->first_step != copied)  // another group
        copy_pixels(pixels, task_.offsets + (copied = panel->first_step), task_.pixels + begin, stop - begin, task_.input_offset);
      ask_for(panel + 1 != end() ? panel + 1 : last ? nullptr : task_.panels, *panel, tiles);
      for (int tile = 0; tile < tiles; tile += group_tiles_) {
        const int now = least(group_tiles_, tiles - tile), first = begin + tile * pixels.rows;
        run_group(pixels.from(tile), now, *panel, first, first, least(stop, first + now * pixels.rows));
      }
    }
  }

  // While this panel multiplies so many tiles: the next one; nullptr: what the task says will come after it.
  void ask_for(const ConvPanel* next, const ConvPanel& now, int tiles) {
    const int in_blocks = tiles * blocks_.count() * passes(group_tiles_, now.vectors) / group_tiles_ + 1;
    if (next == nullptr) return ahead_.ask_for(task_.prefetch, task_.prefetch_bytes, in_blocks);
    if (task_.panel_count == 1) return;  // it is at work
    const std::byte* const stop = U8::weights_of(*next) + ptrdiff_t{next->steps} * next->vectors * kRowBytes;
    ahead_.ask_for(next->data, static_cast<size_t>(stop - next->data), in_blocks);
  }

  // A panel over one or two tiles, whose first pixel is `begin`. Pixels before `done` need no epilogue, nor those from `stop` on.
  template <class Tiles>
  void run_group(const Tiles& pixels, int tiles, const ConvPanel& panel, int begin, int done, int stop) {
    std::byte* const sums = task_.workspace;
    multiply_panel(pixels, tiles, blocks_, panel, sums, ahead_);
    finish({sums + ptrdiff_t{done - begin} * panel.vectors * kRowBytes, task_.pixels + done, stop - done, panel.vectors,
            panel.channels, task_.output_offset + panel.first_channel * element(), panel.data + panel.vectors * kRowBytes},
           epilogue_);
  }

  const ConvPanel* end() const { return task_.panels + task_.panel_count; }
  ptrdiff_t element() const { return task_.epilogue->output == ConvOutput::kU8 ? 1 : 4; }

  const ConvTask& task_;
  const U8::Epilogue epilogue_;
  Ahead ahead_;
  StepBlocks blocks_;
  int group_tiles_;
};

}  // namespace

void conv_u8_on_tiles(const ConvTask& task) noexcept { Convolution(task).run(); }

void conv_u8(const ConvTask& task) noexcept { suits_tiles(task) ? conv_u8_on_tiles(task) : avx512vnni::conv_u8(task); }

}  // namespace headrace::kernels::amx
