// The micro-kernel of conv.h, written once. An ISA supplies a traits type T:
//
//   Acc, Operand, Weight              vector types
//   kLanes                            32-bit lanes of a vector
//   rows(vectors)                     pixels of a tile for a panel of so many vectors, so that registers suffice (constexpr)
//   load_bias(p), broadcast(p), load_weight(p), mac(acc, operand, weight)
//   kPairs, mac2(acc, operand0, weight0, operand1, weight1)    two steps at once (only where kPairs)
//   weights_of(panel)                 where the weights begin in the panel's data
//   Epilogue(const ConvEpilogue&)     its constants as vectors, made once for a task
//   store<NV>(acc, pixel, epilogue)   what becomes of one pixel's sums
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
      : row(task.rows), cols(task.cols), input_step(task.input_step), output_step(task.output_step),
        addend_step(task.addend_step), channel_offset(task.channel_offset) {
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

template <class T, int MR, int NV>
HEADRACE_INLINE void conv_two_steps(typename T::Acc (&acc)[MR][NV], const std::byte* const (&a)[MR], ptrdiff_t offset0,
                                    ptrdiff_t offset1, const std::byte* weights) {
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) {
    const typename T::Operand x0 = T::broadcast(a[i] + offset0), x1 = T::broadcast(a[i] + offset1);
#pragma GCC unroll 8
    for (int v = 0; v < NV; ++v)
      T::mac2(acc[i][v], x0, T::load_weight(weights + v * T::kLanes * 4), x1, T::load_weight(weights + (NV + v) * T::kLanes * 4));
  }
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
  if constexpr (T::kPairs)
    for (const int32_t* const pairs = offset + panel.paired_steps; offset != pairs; offset += 2, weights += 2 * kStep)
      conv_two_steps<T, MR, NV>(acc, a, offset[0], offset[1], weights);
  for (; offset != end; ++offset, weights += kStep) conv_step<T, MR, NV>(acc, a, *offset, weights);

  const std::byte* multiplier = panel.data + NV * T::kLanes * 4;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i) T::template store<NV>(acc[i], pixels[i], multiplier, panel.channels, epilogue);
}

// The last pixels, fewer than a full tile.
template <class T, int MR, int NV>
HEADRACE_INLINE void conv_rest(const ConvPanel& panel, const int32_t* offsets, const typename T::Epilogue& epilogue,
                               PixelCursor& cursor, int count) {
  if constexpr (MR > 0) {
    if (count == MR)
      conv_tile<T, MR, NV>(panel, offsets, epilogue, cursor, true);
    else
      conv_rest<T, MR - 1, NV>(panel, offsets, epilogue, cursor, count);
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
  if (task.panel->vectors == NV)
    conv_panel<T, NV>(task);
  else if constexpr (NV > 1)
    conv_any<T, NV - 1>(task);
}

}  // namespace headrace::kernels
