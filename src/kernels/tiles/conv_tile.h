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

#define HEADRACE_INLINE inline __attribute__((always_inline))

namespace headrace::kernels {

// One pixel's output, and what is added to it.
struct ConvPixel {
  std::byte* output;
  const std::byte* addend;
};

// Walks over the pixels of a task's rows.
struct PixelCursor {
  const ConvRow* row;
  int cols, left;  // of this row
  ptrdiff_t input_step, output_step, addend_step, channel_offset;
  const std::byte* input;
  std::byte* output;
  const std::byte* addend;

  explicit HEADRACE_INLINE PixelCursor(const ConvTask& task)
      : row(task.rows),
        cols(task.cols),
        input_step(task.input_step),
        output_step(task.output_step),
        addend_step(task.addend_step),
        channel_offset(task.channel_offset) {
    begin_row();
  }
  HEADRACE_INLINE void begin_row() {
    left = cols, input = row->input, output = row->output + channel_offset;
    addend = row->addend ? row->addend + channel_offset : nullptr;
  }
  HEADRACE_INLINE void next(bool more) {
    input += input_step, output += output_step;
    if (addend) addend += addend_step;
    if (--left == 0 && more) {
      ++row;
      begin_row();
    }
  }
};

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

// The first `steps` steps, N at a time.
template <class T, int N, int MR, int NV>
HEADRACE_INLINE void conv_chains(typename T::Acc (&acc)[MR][NV], const std::byte* const (&a)[MR], const int32_t*& offset,
                                 const std::byte*& weights, int steps) {
  constexpr ptrdiff_t kVector = T::kLanes * 4;
  for (const int32_t* const end = offset + steps; offset != end; offset += N, weights += N * NV * kVector) {
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

// The epilogue, pixel by pixel.
template <class T, int MR, int NV>
HEADRACE_INLINE void store_tile(const typename T::Acc (&acc)[MR][NV], const ConvPixel (&pixels)[MR], const std::byte* multiplier,
                                int channels, const typename T::Epilogue& epilogue) {
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) T::template store<NV>(acc[i], pixels[i], multiplier, channels, epilogue);
}

// The epilogue of several pixels at once, where the ISA has one for full panels of u8. For the others a loop over a copy
// (registers cannot be indexed) keeps the code small.
template <class T, int MR, int NV>
HEADRACE_INLINE void store_tile_together(const typename T::Acc (&acc)[MR][NV], const ConvPixel (&pixels)[MR],
                                         const std::byte* multiplier, int channels, const typename T::Epilogue& epilogue) {
  constexpr int kTogether = MR / T::kStoreRows * T::kStoreRows;
  if (channels == NV * T::kLanes && epilogue.output == ConvOutput::kU8) {
#pragma GCC unroll 4
    for (int i = 0; i < kTogether; i += T::kStoreRows) T::template store_rows<NV>(acc + i, pixels + i, multiplier, epilogue);
#pragma GCC unroll 4
    for (int i = kTogether; i < MR; ++i) T::template store<NV>(acc[i], pixels[i], multiplier, channels, epilogue);
    return;
  }
  typename T::Acc copy[MR][NV];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) copy[i][v] = acc[i][v];
#pragma GCC unroll 1
  for (int i = 0; i < MR; ++i) T::template store<NV>(copy[i], pixels[i], multiplier, channels, epilogue);
}

template <class T, int MR, int NV>
HEADRACE_INLINE void conv_tile(const ConvPanel& panel, const int32_t* offset, const typename T::Epilogue& epilogue,
                               PixelCursor& cursor, bool last) {
  constexpr ptrdiff_t kStep = NV * T::kLanes * 4;
  const std::byte* a[MR];
  ConvPixel pixels[MR];
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    a[i] = cursor.input;
    pixels[i] = {cursor.output, cursor.addend};
    cursor.next(!last || i + 1 < MR);
  }

  typename T::Acc acc[MR][NV];
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const typename T::Acc bias = T::load_bias(panel.data + v * T::kLanes * 4);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) acc[i][v] = bias;
  }

  const std::byte* weights = T::weights_of(panel);
  const int32_t* const end = offset + panel.steps;
  if constexpr (T::kChain >= 3) conv_chains<T, 3>(acc, a, offset, weights, panel.tripled_steps);
  if constexpr (T::kChain >= 2) conv_chains<T, 2>(acc, a, offset, weights, panel.paired_steps);
  for (; offset != end; ++offset, weights += kStep) conv_step<T, MR, NV>(acc, a, *offset, weights);

  const std::byte* multiplier = panel.data + NV * T::kLanes * 4;
  if constexpr (requires { T::kStoreRows; }) store_tile_together<T, MR, NV>(acc, pixels, multiplier, panel.channels, epilogue);
  else store_tile<T, MR, NV>(acc, pixels, multiplier, panel.channels, epilogue);
}

// The last pixels, fewer than a full tile.
template <class T, int MR, int NV>
HEADRACE_INLINE void conv_rest(const ConvPanel& panel, const int32_t* offsets, const typename T::Epilogue& epilogue,
                               PixelCursor& cursor, int count) {
  if constexpr (MR > 0) {
    if (count == MR) conv_tile<T, MR, NV>(panel, offsets, epilogue, cursor, true);
    else conv_rest<T, MR - 1, NV>(panel, offsets, epilogue, cursor, count);
  }
}

// Asks for the next panel while this one is at work, a share with every tile.
struct Prefetcher {
  const char* next;
  const char* end;
  size_t share;
  HEADRACE_INLINE void operator()() {
    const char* const stop = next + share < end ? next + share : end;
    for (; next < stop; next += 64) __builtin_prefetch(next, 0, 2);
  }
};

template <class T, int NV>
void conv_panel(const ConvTask& task) {
  constexpr int MR = T::rows(NV);
  const ConvPanel panel = *task.panel;
  const typename T::Epilogue epilogue(*task.epilogue);
  const int32_t* const offsets = task.offsets;
  PixelCursor cursor(task);
  int left = task.row_count * task.cols;
  const char* prefetch = reinterpret_cast<const char*>(task.prefetch);
  const size_t tiles = static_cast<size_t>(left / MR) + 1;
  Prefetcher ahead{prefetch, prefetch + task.prefetch_bytes, (task.prefetch_bytes / tiles / 64 + 1) * 64};
  for (; left >= MR; left -= MR) {
    ahead();
    conv_tile<T, MR, NV>(panel, offsets, epilogue, cursor, left == MR);
  }
  conv_rest<T, MR - 1, NV>(panel, offsets, epilogue, cursor, left);
}

// The kernel for a table: picks the code for the panel's width.
template <class T, int NV>
void conv_any(const ConvTask& task) {
  if (task.panel->vectors == NV) conv_panel<T, NV>(task);
  else if constexpr (NV > 1) conv_any<T, NV - 1>(task);
}

}  // namespace headrace::kernels
