// The pixels of a task as tiles where the activations lie: no copy, and what neighbouring taps share of a picture's rows stays in
// the first-level cache, which rows of im2col do not fit. For pixels whose blocks are whole lines of the cache: a tile that
// crosses lines takes four times as long to load.
#pragma once

#include "kernels/amx/operand.h"

namespace headrace::kernels::amx {

// Runs of pixels that lie equally far apart, all of one length: the rows of a picture, or all of it where it has no rim. A run
// is cut into tiles as evenly as it goes; where that is not even, its last tile begins sooner, and does a few pixels again.
class PixelsInPlace {
 public:
  explicit HEADRACE_INLINE PixelsInPlace(const ConvTask& task) : pixels_(task.pixels), count_(task.pixel_count) {
    if (!blocks_are_lines(task)) return;
    apart_ = pixels_[1].input - pixels_[0].input;
    if (apart_ % kRowBytes != 0) return;
    const int width = run_length(0, count_);
    if (count_ % width != 0) return;
    for (int begin = width; begin < count_; begin += width)
      if (run_length(begin, width) != width || misaligned(pixels_[begin].input)) return;
    width_ = width;
    tiles_of_run_ = (width + kTileRows - 1) / kTileRows;
    rows_ = (width + tiles_of_run_ - 1) / tiles_of_run_;
  }

  // Whether this is the way to go. Rows of 7 pixels do not use up the weights that are loaded for them.
  HEADRACE_INLINE bool good() const { return rows_ >= kLeastRows; }
  HEADRACE_INLINE int rows() const { return rows_; }
  HEADRACE_INLINE int tiles() const { return count_ / width_ * tiles_of_run_; }
  // A tile's first pixel.
  HEADRACE_INLINE int first_pixel(int tile) const {
    const int run = tile / tiles_of_run_;
    return run * width_ + least((tile - run * tiles_of_run_) * rows_, width_ - rows_);
  }
  // As the multiplication reads them: up to two tiles, where these offsets say.
  struct Tiles {
    const std::byte* first;
    ptrdiff_t to_next, apart;
    const int32_t* offsets;
    int pixels_to_next;

    HEADRACE_INLINE const std::byte* at(int tile, int block) const {
      return first + tile * to_next + offsets[ptrdiff_t{kTileRows} * block];
    }
    HEADRACE_INLINE ptrdiff_t row_bytes() const { return apart; }
    HEADRACE_INLINE int pixels_to_next_tile() const { return pixels_to_next; }
    HEADRACE_INLINE Tiles next() const { return {first + to_next, 0, apart, offsets, 0}; }
  };
  HEADRACE_INLINE Tiles from(int tile, int count, ptrdiff_t input_offset, const int32_t* offsets) const {
    const int begin = first_pixel(tile), second = first_pixel(tile + count - 1);
    return {pixels_[begin].input + input_offset, pixels_[second].input - pixels_[begin].input, apart_, offsets, second - begin};
  }

 private:
  static constexpr int kLeastRows = 10;

  static HEADRACE_INLINE bool misaligned(const std::byte* p) { return reinterpret_cast<uintptr_t>(p) % kRowBytes != 0; }

  // Whether every 16 steps of every panel are one line. Panels of a group share their offsets.
  static HEADRACE_INLINE bool blocks_are_lines(const ConvTask& task) {
    if (task.pixel_count < kLeastRows || task.panels->steps % kTileRows != 0) return false;
    if (misaligned(task.pixels->input + task.input_offset)) return false;
    int checked = -1;
    for (const ConvPanel* panel = task.panels; panel != task.panels + task.panel_count; ++panel) {
      if (panel->first_step == checked) continue;
      checked = panel->first_step;
      const int32_t* const offsets = task.offsets + checked;
      for (int step = 0; step < panel->steps; step += kTileRows)
        if (offsets[step] % kRowBytes != 0 || Runs(_mm512_loadu_si512(offsets + step), 0xFFFF, offsets + step).count() != 1)
          return false;
    }
    return true;
  }
  // From a pixel on, how many lie `apart_`; no more than `most`.
  HEADRACE_INLINE int run_length(int begin, int most) const {
    int end = begin + 1;
    while (end < count_ && end - begin < most && pixels_[end].input - pixels_[end - 1].input == apart_) ++end;
    return end - begin;
  }

  const ConvPixel* pixels_;
  int count_;
  ptrdiff_t apart_ = 0;
  int width_ = 0, tiles_of_run_ = 1, rows_ = 0;
};

}  // namespace headrace::kernels::amx
