// The micro-kernel of conv.h, written once. An ISA supplies a traits type T:
//
//   Acc, Operand, Weight              vector types
//   kLanes                            32-bit lanes of a vector
//   rows(vectors)                     pixels of a tile for a panel of so many vectors, so that registers suffice (constexpr)
//   load_bias(p), broadcast(p), load_weight(p), mac(acc, operand, weight)
//   kChain                            how many steps mac_chain() takes at most; 1 without it
//   mac_chain<N>(acc, operands, weights)     N steps at once (only where kChain > 1)
//   weights_of(panel)                 where the weights begin in the panel's data
//   Epilogue(const ConvEpilogue&)     its constants as vectors, made once for a task
//   kStoreRows, store_rows<NV>(acc, pixels, ...)    where there is an epilogue for several pixels of a full panel at once (u8
//   output) store<NV>(acc, pixel, epilogue)   what becomes of one pixel's sums kStoreRows, store_rows<NV>(acc, pixels, epilogue)
//   optional: the same for so many pixels of a full panel, u8 output
//
// Everything is forced inline into the kernel that instantiates it, inside the ISA's own translation unit. Tasks are copied into
// locals first: a store through std::byte* may change anything else, and would make the compiler read it all again.
#pragma once

#include "kernels/conv.h"
#include "kernels/tiles/inline.h"

namespace headrace::kernels {

template <class T, int MR, int NV>
HEADRACE_INLINE void conv_step(typename T::Acc (&acc)[MR][NV], const std::byte* const (&a)[MR], ptrdiff_t offset,
                               const std::byte* weights) {
  typename T::Weight w[NV];
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) w[v] = T::load_weight(weights + v * T::kLanes * 4);
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const typename T::Operand x = T::broadcast(a[i] + offset);
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v) T::mac(acc[i][v], x, w[v]);
  }
}

// Asks for the next panel while this one is at work: each tile for its share, evenly over its steps. Requests that pile up
// would take the places that reads from the second-level cache need.
class Prefetcher {
 public:
  HEADRACE_INLINE Prefetcher(const std::byte* begin, size_t bytes, int tiles, int steps)
      : next_(reinterpret_cast<const char*>(begin)), end_(next_ + bytes), stop_(next_) {
    const int lines = static_cast<int>(static_cast<uint32_t>(bytes) / static_cast<uint32_t>(tiles)) / kLine + 1;
    tile_bytes_ = ptrdiff_t{lines} * kLine;
    lines_each_ = (lines + steps - 1) / steps;
    every_ = lines < steps ? steps / lines : 1;
  }
  HEADRACE_INLINE void tile() {
    stop_ = next_ + tile_bytes_ < end_ ? next_ + tile_bytes_ : end_;
    wait_ = 1;
  }
  HEADRACE_INLINE void step() {
    if (--wait_ != 0) return;
    wait_ = next_ < stop_ ? every_ : 0;  // from 0 it counts down without an end
    if (next_ >= stop_) return;
    for (int line = 0; line < lines_each_; ++line) __builtin_prefetch(next_ + line * kLine, 0, 2);
    next_ += lines_each_ * kLine;
  }

 private:
  static constexpr int kLine = 64;
  const char* next_;
  const char* end_;
  const char* stop_;
  ptrdiff_t tile_bytes_;
  int lines_each_, every_, wait_ = 1;
};

// The first `steps` steps, N at a time.
template <class T, int N, int MR, int NV>
HEADRACE_INLINE void conv_chains(typename T::Acc (&acc)[MR][NV], const std::byte* const (&a)[MR], const int32_t*& offset,
                                 const std::byte*& weights, int steps, Prefetcher& ahead) {
  constexpr ptrdiff_t kVector = T::kLanes * 4;
  for (const int32_t* const end = offset + steps; offset != end; offset += N, weights += N * NV * kVector) {
    ahead.step();
    typename T::Weight w[NV][N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n)
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) w[v][n] = T::load_weight(weights + (n * NV + v) * kVector);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) {
      typename T::Operand x[N];
#pragma GCC unroll 4
      for (int n = 0; n < N; ++n) x[n] = T::broadcast(a[i] + offset[n]);
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) T::template mac_chain<N>(acc[i][v], x, w[v]);
    }
  }
}

// The outputs of a tile: `offset` bytes further on than the pixels say.
HEADRACE_INLINE ConvPixel shifted(const ConvPixel& pixel, ptrdiff_t offset) {
  return {pixel.input, pixel.output + offset, pixel.addend ? pixel.addend + offset : nullptr};
}

// The epilogue, pixel by pixel.
template <class T, int MR, int NV>
HEADRACE_INLINE void store_tile(const typename T::Acc (&acc)[MR][NV], const ConvPixel* pixels, ptrdiff_t offset,
                                const std::byte* multiplier, int channels, const typename T::Epilogue& epilogue) {
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) T::template store<NV>(acc[i], shifted(pixels[i], offset), multiplier, channels, epilogue);
}

// The epilogue of several pixels at once, where the ISA has one for full panels of u8. For the others a loop over a copy
// (registers cannot be indexed) keeps the code small.
template <class T, int MR, int NV>
HEADRACE_INLINE void store_tile_together(const typename T::Acc (&acc)[MR][NV], const ConvPixel* pixels, ptrdiff_t offset,
                                         const std::byte* multiplier, int channels, const typename T::Epilogue& epilogue) {
  constexpr int kTogether = MR / T::kStoreRows * T::kStoreRows;
  if (channels == NV * T::kLanes && epilogue.output == ConvOutput::kU8) {
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; i += T::kStoreRows)
      T::template store_rows<NV>(acc + i, pixels + i, offset, multiplier, epilogue);
#pragma GCC unroll 4
    for (int i = kTogether; i < MR; ++i)
      T::template store<NV>(acc[i], shifted(pixels[i], offset), multiplier, channels, epilogue);
    return;
  }
  typename T::Acc copy[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) copy[i][v] = acc[i][v];
#pragma GCC unroll 1
  for (int i = 0; i < MR; ++i) T::template store<NV>(copy[i], shifted(pixels[i], offset), multiplier, channels, epilogue);
}

// One panel, and where its parts of the task lie.
struct PanelTask {
  const ConvPanel& panel;
  const int32_t* offsets;
  ptrdiff_t input_offset, output_offset;
};

template <class T, int MR, int NV>
HEADRACE_INLINE void conv_tile(const PanelTask& task, const ConvPixel* pixels, const typename T::Epilogue& epilogue,
                               Prefetcher& ahead) {
  constexpr ptrdiff_t kStep = NV * T::kLanes * 4;
  const ConvPanel& panel = task.panel;
  const std::byte* a[MR];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) a[i] = pixels[i].input + task.input_offset;

  typename T::Acc acc[MR][NV];
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const typename T::Acc bias = T::load_bias(panel.data + v * T::kLanes * 4);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) acc[i][v] = bias;
  }

  ahead.tile();
  const std::byte* weights = T::weights_of(panel);
  const int32_t* offset = task.offsets;
  const int32_t* const end = offset + panel.steps;
  if constexpr (T::kChain >= 3) conv_chains<T, 3>(acc, a, offset, weights, panel.tripled_steps, ahead);
  if constexpr (T::kChain >= 2) conv_chains<T, 2>(acc, a, offset, weights, panel.paired_steps, ahead);
  for (; offset != end; ++offset, weights += kStep) {
    ahead.step();
    conv_step<T, MR, NV>(acc, a, *offset, weights);
  }

  const std::byte* multiplier = panel.data + NV * T::kLanes * 4;
  if constexpr (requires { T::kStoreRows; })
    store_tile_together<T, MR, NV>(acc, pixels, task.output_offset, multiplier, panel.channels, epilogue);
  else store_tile<T, MR, NV>(acc, pixels, task.output_offset, multiplier, panel.channels, epilogue);
}

// The last pixels, fewer than a full tile.
template <class T, int MR, int NV>
HEADRACE_INLINE void conv_rest(const PanelTask& task, const ConvPixel* pixels, int count, const typename T::Epilogue& epilogue,
                               Prefetcher& ahead) {
  if constexpr (MR > 0) {
    if (count == MR) conv_tile<T, MR, NV>(task, pixels, epilogue, ahead);
    else conv_rest<T, MR - 1, NV>(task, pixels, count, epilogue, ahead);
  }
}

template <class T, int NV>
void conv_panel(const ConvTask& all, const ConvPanel& given, const typename T::Epilogue& epilogue, const std::byte* prefetch,
                size_t prefetch_bytes) {
  constexpr int MR = T::rows(NV);
  const ConvPanel panel = given;
  const ptrdiff_t element = all.epilogue->output == ConvOutput::kU8 ? 1 : 4;
  const PanelTask task{panel, all.offsets + panel.first_step, all.input_offset,
                       all.output_offset + panel.first_channel * element};
  const ConvPixel* pixels = all.pixels;
  int left = all.pixel_count;
  Prefetcher ahead(prefetch, prefetch_bytes, left / MR + 1, panel.steps);
  for (; left >= MR; left -= MR, pixels += MR) conv_tile<T, MR, NV>(task, pixels, epilogue, ahead);
  conv_rest<T, MR - 1, NV>(task, pixels, left, epilogue, ahead);
}

// Picks the code for the panel's width.
template <class T, int NV>
HEADRACE_INLINE void conv_width(const ConvTask& task, const ConvPanel& panel, const typename T::Epilogue& epilogue,
                                const std::byte* prefetch, size_t prefetch_bytes) {
  if (panel.vectors == NV) conv_panel<T, NV>(task, panel, epilogue, prefetch, prefetch_bytes);
  else if constexpr (NV > 1) conv_width<T, NV - 1>(task, panel, epilogue, prefetch, prefetch_bytes);
}

// The kernel for a table; NV: vectors of the widest panel.
template <class T, int NV>
void conv_any(const ConvTask& task) {
  const typename T::Epilogue epilogue(*task.epilogue);
  const ConvPanel* const end = task.panels + task.panel_count;
  for (const ConvPanel* panel = task.panels; panel != end; ++panel) {
    const ConvPanel* const next = panel + 1;
    if (next == end) {
      conv_width<T, NV>(task, *panel, epilogue, task.prefetch, task.prefetch_bytes);
    } else {
      const std::byte* const stop = T::weights_of(*next) + static_cast<ptrdiff_t>(next->steps) * next->vectors * T::kLanes * 4;
      conv_width<T, NV>(task, *panel, epilogue, next->data, static_cast<size_t>(stop - next->data));
    }
  }
}

}  // namespace headrace::kernels
