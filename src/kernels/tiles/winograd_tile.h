// Winograd's transforms of whole tiles (winograd.h), written once. F is WinogradF4 or WinogradF2; the traits T add to
// winograd_transform.h's:
//
//   kLanes
//   load(p), store(p, v)         input: load widens u8 to s16; M and V are aligned
//   u8 output: see winograd_output_u8; f32 output: see winograd_output_f32
#pragma once

#include "kernels/tiles/winograd_transform.h"
#include "kernels/winograd.h"

namespace headrace::kernels {

// Where the patch of one tile lies: pixel (i, j) at row[i] + column[j].
template <class F>
struct WinogradPatch {
  const std::byte* row[F::kPatch];
  ptrdiff_t column[F::kPatch];

  HEADRACE_INLINE WinogradPatch(const WinogradInputTask& task, int tile) {
#pragma GCC unroll 6
    for (int i = 0; i < F::kPatch; ++i) {
      const int col = tile * F::kOutputs + i;
      row[i] = task.input + (i < task.rows ? i : task.rows - 1) * task.row_bytes;
      column[i] = (col < task.cols ? col : task.cols - 1) * task.pixel_bytes;
    }
  }
};

template <class T, class F>
HEADRACE_INLINE void winograd_input_vector(const WinogradPatch<F>& patch, ptrdiff_t from, std::byte* to,
                                           ptrdiff_t position_bytes) {
  using V = typename T::Vector;
  constexpr int N = F::kPatch;
  V t[N][N];
#pragma GCC unroll 6
  for (int j = 0; j < N; ++j) {
    V d[N], v[N];
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) d[i] = T::load(patch.row[i] + patch.column[j] + from);
    F::template input<T>(d, v);
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) t[i][j] = v[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < N; ++i) {
    V v[N];
    F::template input<T>(t[i], v);
#pragma GCC unroll 6
    for (int j = 0; j < N; ++j, to += position_bytes) T::store(to, v[j]);
  }
}

template <class T, class F>
void winograd_input(const WinogradInputTask& task) noexcept {
  const int vectors = (task.channels + T::kLanes - 1) / T::kLanes;
  for (int tile = 0; tile < task.count; ++tile) {
    const WinogradPatch<F> patch(task, tile);
    std::byte* const out = task.output + tile * task.tile_bytes;
    for (int v = 0; v < vectors; ++v)
      winograd_input_vector<T, F>(patch, v * T::kLoadBytes, out + v * T::kStoreBytes, task.position_bytes);
  }
}

// A^T M A of one vector of channels, handed to `use(r, c, value)`; `centre` is added at position (1, 1).
template <class T, class F, class Use>
HEADRACE_INLINE void winograd_output_vector(const std::byte* from, ptrdiff_t position_bytes, typename T::Vector centre, Use use) {
  using V = typename T::Vector;
  constexpr int N = F::kPatch, M = F::kOutputs;
  V t[M][N];
#pragma GCC unroll 6
  for (int j = 0; j < N; ++j) {
    V m[N], y[M];
#pragma GCC unroll 6
    for (int i = 0; i < N; ++i) m[i] = T::load(from + (i * N + j) * position_bytes);
    if (j == 1) m[1] = T::add(m[1], centre);
    F::template output<T>(m, y);
#pragma GCC unroll 4
    for (int i = 0; i < M; ++i) t[i][j] = y[i];
  }
#pragma GCC unroll 4
  for (int r = 0; r < M; ++r) {
    V y[M];
    F::template output<T>(t[r], y);
#pragma GCC unroll 4
    for (int c = 0; c < M; ++c) use(r, c, y[c]);
  }
}

}  // namespace headrace::kernels
