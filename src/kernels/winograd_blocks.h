// The order in which Winograd's tiles are worked on: pictures one after the other, tiles in reading order, cut into blocks of
// about equal size that may span pictures.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/winograd_layer.h"

namespace headrace::kernels {

// Neighbouring tiles of one row of tiles.
struct TileStrip {
  const WinogradRows* picture = nullptr;
  int row = 0, col = 0;  // the first tile's first output pixel
  int count = 0;
};

class TileWalk {
 public:
  TileWalk(const WinogradRun& run, int tile) : run_(&run), tile_(tile), per_row_((run.cols + tile - 1) / tile) { enter(); }

  // Tiles of the whole run.
  int64_t total() const {
    int64_t rows = 0;
    for (const WinogradRows& picture : run_->pictures) rows += (picture.row_end - picture.row_begin + tile_ - 1) / tile_;
    return rows * per_row_;
  }

  // The next tiles, up to `limit` of them; the walk must not be at its end.
  TileStrip next(int limit) {
    const TileStrip strip{&run_->pictures[picture_], row_, col_ * tile_, std::min(limit, per_row_ - col_)};
    col_ += strip.count;
    if (col_ < per_row_) return strip;
    col_ = 0;
    row_ += tile_;
    if (row_ >= strip.picture->row_end) ++picture_, enter();
    return strip;
  }

 private:
  // Goes to the first row of this picture, or of the next one that has any.
  void enter() {
    const auto pictures = run_->pictures;
    while (picture_ < pictures.size() && pictures[picture_].row_begin >= pictures[picture_].row_end) ++picture_;
    if (picture_ < pictures.size()) row_ = pictures[picture_].row_begin;
  }

  const WinogradRun* run_;
  int tile_, per_row_;
  size_t picture_ = 0;
  int row_ = 0, col_ = 0;
};

}  // namespace headrace::kernels
