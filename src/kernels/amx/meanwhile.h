// What the vector unit does while the tile unit multiplies: the epilogue of pixels whose sums are complete, and asking for the
// next panel. A product of tiles takes 16 cycles, beside which the epilogue of a few pixels has its place; in larger pieces, or
// all of it afterwards, neither unit sees the other's work early enough, and each waits for the other.
#pragma once

#include "kernels/amx/tiles.h"
#include "kernels/avx512vnni/conv_traits.h"

namespace headrace::kernels::amx {

using avx512vnni::U8;

inline constexpr int kGroupPixels = 2 * kTileRows, kMostVectors = 4;
// One group's sums are at work, the last tiles of the group before are still to be stored, and the one before that is finished.
inline constexpr int kGroups = 3;
inline constexpr size_t kGroupBytes = size_t{kGroupPixels} * kMostVectors * kRowBytes;

// One panel's sums of some pixels, and what becomes of them.
struct Group {
  const std::byte* sums = nullptr;  // [pixels][vectors][16 channels], s32
  const ConvPixel* pixels = nullptr;
  int count = 0, vectors = 1, channels = 0;
  ptrdiff_t output_offset = 0;
  const std::byte* multiplier = nullptr;
};

// The usual epilogues get code of their own, without what the others ask for each pixel: full panels of codes.
enum class Finish { kCodes, kSum, kAny };

HEADRACE_INLINE Finish finish_of(const U8::Epilogue& epilogue, int vectors, int channels) {
  if (epilogue.to_float || channels < vectors * U8::kLanes) return Finish::kAny;
  return epilogue.add ? Finish::kSum : Finish::kCodes;
}

template <int NV, Finish F>
inline void finish(const Group& given, int count, const U8::Epilogue& epilogue) {
  const Group group = given;  // a store through std::byte* may change anything else
  const int channels = F == Finish::kAny ? group.channels : NV * U8::kLanes;
  for (int i = 0; i < count; ++i) {
    if (F != Finish::kAny && (epilogue.to_float || epilogue.add != (F == Finish::kSum))) __builtin_unreachable();
    U8::Acc acc[NV];
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) acc[v] = U8::load_bias(group.sums + (i * NV + v) * kRowBytes);
    U8::store<NV>(acc, shifted(group.pixels[i], group.output_offset), group.multiplier, channels, epilogue);
  }
}

using FinishPixels = void (*)(const Group&, int count, const U8::Epilogue&);

template <int NV>
HEADRACE_INLINE FinishPixels finish_of_width(Finish kind) {
  return kind == Finish::kCodes ? finish<NV, Finish::kCodes>
         : kind == Finish::kSum ? finish<NV, Finish::kSum>
                                : finish<NV, Finish::kAny>;
}

HEADRACE_INLINE FinishPixels finish_pixels_of(const Group& group, const U8::Epilogue& epilogue) {
  const Finish kind = finish_of(epilogue, group.vectors, group.channels);
  switch (group.vectors) {
    case 1: return finish_of_width<1>(kind);
    case 2: return finish_of_width<2>(kind);
    case 3: return finish_of_width<3>(kind);
    default: return finish_of_width<4>(kind);
  }
}

class Meanwhile {
 public:
  // `memory`: kGroups * kGroupBytes.
  HEADRACE_INLINE Meanwhile(const U8::Epilogue& epilogue, std::byte* memory) : epilogue_(epilogue), memory_(memory) {}

  // Weights to be asked for in the course of so many blocks.
  HEADRACE_INLINE void prefetch(const std::byte* begin, size_t bytes, int blocks) {
    next_line_ = reinterpret_cast<const char*>(begin), end_ = next_line_ + bytes;
    lines_each_ = static_cast<int>(bytes / kRowBytes) / blocks + 1;
  }
  // A group begins, to take so many products. Returns where its sums go.
  HEADRACE_INLINE std::byte* begin(int products) {
    newest_ = after(newest_);
    finishing_ = groups_[after(newest_)];
    const int pieces = (finishing_.count + kPiece - 1) / kPiece;
    piece_ = pieces <= products ? kPiece : (finishing_.count + products - 1) / products;
    interval_ = pieces > 0 && pieces < products ? products / pieces : 1;
    wait_ = interval_;
    finish_ = finish_pixels_of(finishing_, epilogue_);
    return memory_ + newest_ * kGroupBytes;
  }
  HEADRACE_INLINE void product() {
    if (--wait_ > 0) return;
    wait_ = interval_;
    finish_some(piece_);
  }
  HEADRACE_INLINE void block() {
    for (int i = 0; i < lines_each_ && next_line_ < end_; ++i, next_line_ += kRowBytes) __builtin_prefetch(next_line_, 0, 2);
  }
  // The group is multiplied; its last tiles may still be open.
  HEADRACE_INLINE void end(const Group& group) {
    finish_some(finishing_.count);
    groups_[newest_] = group;
  }
  // What is left when all tiles are stored.
  HEADRACE_INLINE void finish_all() {
    for (int i = 1; i < kGroups; ++i) {
      begin(1);
      end({});
    }
  }

 private:
  static constexpr int kPiece = 4;

  static HEADRACE_INLINE int after(int group) { return group + 1 < kGroups ? group + 1 : 0; }
  HEADRACE_INLINE void finish_some(int most) {
    const int count = most < finishing_.count ? most : finishing_.count;
    if (count <= 0) return;
    finish_(finishing_, count, epilogue_);
    finishing_.sums += ptrdiff_t{count} * finishing_.vectors * kRowBytes;
    finishing_.pixels += count;
    finishing_.count -= count;
  }

  const U8::Epilogue& epilogue_;
  std::byte* memory_;
  Group groups_[kGroups], finishing_;
  int newest_ = 0;
  FinishPixels finish_ = nullptr;
  int piece_ = 0, interval_ = 1, wait_ = 1;  // so many pixels every so many products
  const char* next_line_ = nullptr;
  const char* end_ = nullptr;
  int lines_each_ = 0;
};

}  // namespace headrace::kernels::amx
