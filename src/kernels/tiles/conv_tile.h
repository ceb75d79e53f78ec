// The micro-kernel of conv.h, written once. An ISA supplies a traits type T:
//
//   Acc, Operand, Weight              vector types
//   kLanes                            32-bit lanes of a vector
//   rows(vectors)                     pixels of a tile for a panel of so many vectors, so that registers suffice (constexpr)
//   load_bias(p), broadcast(p), load_weight(p), mac(acc, operand, weight)
//   kPairs, mac2(acc, operand0, weight0, operand1, weight1)    two steps at once (only where kPairs)
//   weights_of(panel)                 where the weights begin in the panel's data
//   store<NV>(acc, pixel)             the epilogue for one pixel
//
// Everything is forced inline into the kernel that instantiates it, inside the ISA's own translation unit.
#pragma once

#include "kernels/conv.h"

#define HEADRACE_INLINE inline __attribute__((always_inline))

namespace headrace::kernels {

// One pixel's output, as an epilogue sees it.
struct ConvPixel {
  std::byte* output;
  const std::byte* addend;
  const std::byte* multiplier;  // the panel's, after the bias
  int channels;
  const ConvEpilogue* epilogue;
};

// Where the next tile's pixels are: walks over the task's rows.
struct PixelCursor {
  const ConvTask* task;
  int row = 0, col = 0;

  HEADRACE_INLINE const std::byte* input() const { return task->rows[row].input + col * task->input_step; }
  HEADRACE_INLINE std::byte* output() const { return task->rows[row].output + col * task->output_step; }
  HEADRACE_INLINE const std::byte* addend() const {
    const std::byte* base = task->rows[row].addend;
    return base ? base + col * task->addend_step : nullptr;
  }
  HEADRACE_INLINE void next() {
    if (++col == task->cols) col = 0, ++row;
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
HEADRACE_INLINE void conv_tile(const ConvTask& task, PixelCursor& cursor) {
  constexpr ptrdiff_t kStep = NV * T::kLanes * 4;
  const ConvPanel& panel = *task.panel;
  const std::byte* a[MR];
  PixelCursor walk = cursor;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i, walk.next()) a[i] = walk.input();

  typename T::Acc acc[MR][NV];
#pragma GCC unroll 8
  for (int v = 0; v < NV; ++v) {
    const typename T::Acc bias = T::load_bias(panel.data + v * T::kLanes * 4);
#pragma GCC unroll 16
    for (int i = 0; i < MR; ++i) acc[i][v] = bias;
  }

  const std::byte* weights = T::weights_of(panel);
  const int32_t* offset = task.offsets;
  const int32_t* const end = offset + panel.steps;
  if constexpr (T::kPairs)
    for (const int32_t* const pairs = offset + panel.paired_steps; offset != pairs; offset += 2, weights += 2 * kStep)
      conv_two_steps<T, MR, NV>(acc, a, offset[0], offset[1], weights);
  for (; offset != end; ++offset, weights += kStep) conv_step<T, MR, NV>(acc, a, *offset, weights);

  const std::byte* multiplier = panel.data + NV * T::kLanes * 4;
#pragma GCC unroll 16
  for (int i = 0; i < MR; ++i, cursor.next())
    T::template store<NV>(acc[i], ConvPixel{cursor.output(), cursor.addend(), multiplier, panel.channels, task.epilogue});
}

// The last pixels, fewer than a full tile.
template <class T, int MR, int NV>
void conv_rest(const ConvTask& task, PixelCursor& cursor, int count) {
  if constexpr (MR > 0) {
    if (count == MR)
      conv_tile<T, MR, NV>(task, cursor);
    else
      conv_rest<T, MR - 1, NV>(task, cursor, count);
  }
}

// Asks for the next panel while this one is at work, a share with every tile.
struct Prefetcher {
  const char* next;
  const char* end;
  size_t share;
  HEADRACE_INLINE void operator()() {
    for (const char* stop = next + share; next < stop && next < end; next += 64) __builtin_prefetch(next, 0, 2);
  }
};

template <class T, int NV>
void conv_panel(const ConvTask& task) {
  constexpr int MR = T::rows(NV);
  PixelCursor cursor{&task};
  int left = task.row_count * task.cols;
  const char* prefetch = reinterpret_cast<const char*>(task.prefetch);
  const size_t tiles = static_cast<size_t>(left / MR) + 1;
  Prefetcher ahead{prefetch, prefetch + task.prefetch_bytes, (task.prefetch_bytes / tiles / 64 + 1) * 64};
  for (; left >= MR; left -= MR) {
    ahead();
    conv_tile<T, MR, NV>(task, cursor);
  }
  conv_rest<T, MR - 1, NV>(task, cursor, left);
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
