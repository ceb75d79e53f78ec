// The epilogue of sums that tiles stored.
#pragma once

#include "kernels/amx/tiles.h"
#include "kernels/avx512vnni/conv_traits.h"

namespace headrace::kernels::amx {

using avx512vnni::U8;

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
inline void finish_pixels(const Group& given, const U8::Epilogue& epilogue) {
  const Group group = given;  // a store through std::byte* may change anything else
  const int channels = F == Finish::kAny ? group.channels : NV * U8::kLanes;
  for (int i = 0; i < group.count; ++i) {
    if (F != Finish::kAny && (epilogue.to_float || epilogue.add != (F == Finish::kSum))) __builtin_unreachable();
    U8::Acc acc[NV];
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) acc[v] = U8::load_bias(group.sums + (i * NV + v) * kRowBytes);
    U8::store<NV>(acc, shifted(group.pixels[i], group.output_offset), group.multiplier, channels, epilogue);
  }
}

template <int NV>
HEADRACE_INLINE void finish_width(const Group& group, const U8::Epilogue& epilogue) {
  switch (finish_of(epilogue, NV, group.channels)) {
    case Finish::kCodes: return finish_pixels<NV, Finish::kCodes>(group, epilogue);
    case Finish::kSum: return finish_pixels<NV, Finish::kSum>(group, epilogue);
    case Finish::kAny: return finish_pixels<NV, Finish::kAny>(group, epilogue);
  }
}

inline void finish(const Group& group, const U8::Epilogue& epilogue) {
  switch (group.vectors) {
    case 1: return finish_width<1>(group, epilogue);
    case 2: return finish_width<2>(group, epilogue);
    case 3: return finish_width<3>(group, epilogue);
    default: return finish_width<4>(group, epilogue);
  }
}

}  // namespace headrace::kernels::amx
