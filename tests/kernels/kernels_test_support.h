// What the tests of all kernel families need: a loop over the instruction sets of this build, dice, pictures in memory.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/dispatch.h"

namespace headrace::kernels::testing {

// Runs body(table) for every instruction set that this CPU supports, and says once for which it could not.
template <typename Body>
void for_each_isa(const Body& body) {
  static std::set<std::string> said;
  for (const KernelTable* table : kernel_tables()) {
    if (!table->supported()) {
      if (said.insert(table->isa).second) std::cout << "not run: " << table->isa << "\n";
      continue;
    }
    SCOPED_TRACE(table->isa);
    body(*table);
  }
}

// Seeded random numbers: the same on every run and every machine.
class Dice {
 public:
  explicit Dice(uint32_t seed) : engine_(seed) {}
  // Both ends included.
  int pick(int low, int high) { return low + static_cast<int>(engine_() % (static_cast<uint32_t>(high - low) + 1)); }
  bool one_in(int n) { return pick(1, n) == 1; }
  float real(float low, float high) { return low + (high - low) * static_cast<float>(engine_()) * 0x1p-32f; }
  // A value from the type's whole range, or a float in [-1, 1).
  template <typename T>
  T value() {
    if constexpr (std::is_same_v<T, float>) return real(-1, 1);
    else return static_cast<T>(engine_());
  }
  template <typename T>
  std::vector<T> values(size_t count) {
    std::vector<T> all(count);
    for (T& one : all) one = value<T>();
    return all;
  }

 private:
  std::mt19937 engine_;
};

struct Halo {
  int top = 0, left = 0, bottom = 0, right = 0;
};

// A picture as the kernels see it: NHWC with a halo, any distance between pixels, slack behind. Bytes that are nobody's hold
// noise.
template <typename T>
class Picture {
 public:
  Picture(Dice& dice, int height, int width, int channels, Halo halo = {})
      : height_(height), width_(width), channels_(channels), halo_(halo), pixel_(channels + dice.pick(0, 5)) {
    row_ = (halo.left + width + halo.right) * pixel_ + dice.pick(0, 7);
    bytes_ = dice.values<uint8_t>((halo.top + height + halo.bottom) * row_ * sizeof(T) + 64);
  }

  // Every pixel begins a line of the cache, as a tensor of so many channels does in the engine. (A copy need not.)
  static Picture in_lines(Dice& dice, int height, int width, int channels, Halo halo = {}) {
    Picture picture(dice, height, width, channels, halo);
    constexpr ptrdiff_t kLine = 64, kElements = kLine / sizeof(T);
    picture.pixel_ = (channels + kElements - 1) / kElements * kElements;
    picture.row_ = (halo.left + width + halo.right) * picture.pixel_ + kElements * dice.pick(0, 1);
    picture.bytes_ = dice.values<uint8_t>((halo.top + height + halo.bottom) * picture.row_ * sizeof(T) + 2 * kLine);
    picture.base_ = -reinterpret_cast<intptr_t>(picture.bytes_.data()) & (kLine - 1);
    return picture;
  }

  int height() const { return height_; }
  int width() const { return width_; }
  int channels() const { return channels_; }
  const Halo& halo() const { return halo_; }
  ptrdiff_t row_bytes() const { return row_ * static_cast<ptrdiff_t>(sizeof(T)); }
  ptrdiff_t pixel_bytes() const { return pixel_ * static_cast<ptrdiff_t>(sizeof(T)); }
  // Row and column may lie in the halo (be negative).
  std::byte* at(int row, int col, int channel = 0) {
    return reinterpret_cast<std::byte*>(bytes_.data()) + offset(row, col, channel);
  }
  T get(int row, int col, int channel) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset(row, col, channel), sizeof value);
    return value;
  }
  void set(int row, int col, int channel, T value) { std::memcpy(at(row, col, channel), &value, sizeof value); }
  // Fills in `inside` (dense, [height][width][channels]) and `outside` all around it.
  void fill(const std::vector<T>& inside, T outside) {
    for (int h = -halo_.top; h < height_ + halo_.bottom; ++h)
      for (int w = -halo_.left; w < width_ + halo_.right; ++w)
        for (int c = 0; c < channels_; ++c) set(h, w, c, contains(h, w) ? inside[(h * width_ + w) * channels_ + c] : outside);
  }
  bool contains(int row, int col) const { return row >= 0 && row < height_ && col >= 0 && col < width_; }
  bool same_bytes(const Picture& other) const { return bytes_ == other.bytes_; }

 private:
  ptrdiff_t offset(int row, int col, int channel) const {
    return base_ + ((row + halo_.top) * row_ + (col + halo_.left) * pixel_ + channel) * static_cast<ptrdiff_t>(sizeof(T));
  }

  int height_, width_, channels_;
  Halo halo_;
  ptrdiff_t pixel_, row_, base_ = 0;
  std::vector<uint8_t> bytes_;
};

// Every value, and that nothing else was written.
template <typename T>
void expect_same(const Picture<T>& got, const Picture<T>& want) {
  for (int h = 0; h < want.height(); ++h)
    for (int w = 0; w < want.width(); ++w)
      for (int c = 0; c < want.channels(); ++c)
        ASSERT_EQ(+got.get(h, w, c), +want.get(h, w, c)) << "row " << h << ", column " << w << ", channel " << c;
  EXPECT_TRUE(got.same_bytes(want)) << "something was written beside the output";
}

}  // namespace headrace::kernels::testing
