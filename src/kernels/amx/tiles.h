// AMX's tile registers: eight of them, each up to 16 rows of 64 bytes (Intel's Software Developer's Manual, volume 1, chapter
// 18).
//
// A tile of sums holds 16 pixels times 16 channels. tdpbusd adds to it the product of a tile of pixels, 16 steps of four bytes in
// each row, and a tile of weights, 16 channels of one step in each row: exact, u8 * s8 into s32, nothing saturates.
//
// Instructions are written as assembly, with "memory" among what they touch: the compiler's own intrinsics do not tell it that a
// load reads what was stored before, and take register numbers as literals alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/inline.h"

namespace headrace::kernels::amx {

inline constexpr int kTileRows = 16, kRowBytes = 64, kTileBytes = kTileRows * kRowBytes;
// Which registers hold what: four tiles of sums, two of pixels, two of weights.
inline constexpr int kPixelTile = 4, kWeightTile = 6;

// The shapes of the registers while it lives. It belongs to the thread, and is given back at the end: a thread that holds tiles
// makes its context switches longer, and other code in it may have shapes of its own.
class TileShapes {
 public:
  // Tiles of so many pixels, blocks of so many steps; both 1 to 16.
  HEADRACE_INLINE TileShapes(int pixels, int steps) {
    struct alignas(64) {
      uint8_t palette = 1, start_row = 0, reserved[14] = {};
      uint16_t row_bytes[16] = {};
      uint8_t rows[16] = {};
    } shapes;
    for (int tile = 0; tile < 8; ++tile) {
      const bool has_steps = tile >= kPixelTile && tile < kWeightTile;
      shapes.row_bytes[tile] = static_cast<uint16_t>(has_steps ? 4 * steps : kRowBytes);
      shapes.rows[tile] = static_cast<uint8_t>(tile >= kWeightTile ? steps : pixels);
    }
    asm volatile("ldtilecfg %0" : : "m"(shapes) : "memory");
  }
  HEADRACE_INLINE ~TileShapes() { asm volatile("tilerelease" : : : "memory"); }
  TileShapes(const TileShapes&) = delete;
  TileShapes& operator=(const TileShapes&) = delete;
};

// Rows lie `stride` bytes apart; with 0 all of them are the same.
template <int T>
HEADRACE_INLINE void load_tile(const std::byte* p, ptrdiff_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(p), "r"(stride), "i"(T) : "memory");
}

template <int T>
HEADRACE_INLINE void store_tile(std::byte* p, ptrdiff_t stride) {
  asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(p), "r"(stride), "i"(T) : "memory");
}

template <int Sums, int Pixels, int Weights>
HEADRACE_INLINE void multiply_tiles() {
  asm volatile("tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(Sums), "i"(Pixels), "i"(Weights));
}

}  // namespace headrace::kernels::amx
