// From M to stored pixels: the output transforms of winograd.h with their epilogues, written once.
//
// u8: the traits T add, besides winograd_tile.h's,
//   Float, kGroup (vectors of channels whose codes are stored together), Limits, limits(epilogue)
//   load_multiplier(p), scaled(multiplier, factor)
//   requantise(y, multiplier)              rne(y / 9 * multiplier), the division exact modulo 2^32
//   add_codes(q, p, epilogue)              the residual addition
//   store_codes(p, q[kGroup], channels, limits)
// f32:
//   multiply_add(y, factor, bias), load_addend(p, channels), store_clamped(p, y, channels, epilogue)
#pragma once

#include "kernels/tiles/winograd_tile.h"

namespace headrace::kernels {

constexpr int32_t kInverseOfNine = 0x38E38E39;  // modulo 2^32
constexpr float kWinogradFactor[7] = {1.0f, 1.0f / 2, 1.0f / 4, 1.0f / 8, 1.0f / 16, 1.0f / 32, 1.0f / 64};

// The sums of one tile, scaled and rounded, for a group of vectors of channels.
template <class T, class F>
using WinogradCodes = typename T::Vector[F::kOutputs * F::kOutputs][T::kGroup];

template <class T, class F>
HEADRACE_INLINE void winograd_requantise(const WinogradOutputTask& task, const std::byte* from, int channel, int v,
                                         WinogradCodes<T, F>& codes) {
  const typename T::Float multiplier = T::load_multiplier(task.multiplier + channel);
  typename T::Float by_shift[2 * F::kShift[0] + 1];
#pragma GCC unroll 7
  for (int k = 0; k <= 2 * F::kShift[0]; ++k) by_shift[k] = T::scaled(multiplier, kWinogradFactor[k]);
  winograd_output_vector<T, F>(
      from + channel * 4, task.position_bytes,
      T::load_bias(task.bias + channel * 4), [&](int r, int c, typename T::Vector y) __attribute__((always_inline)) {
        codes[r * F::kOutputs + c][v] = T::requantise(y, by_shift[F::kShift[r] + F::kShift[c]]);
      });
}

// Stores the pixels of a tile that exist.
template <class T, class F, bool kAdd>
HEADRACE_INLINE void winograd_store_codes(const WinogradOutputTask& task, int tile, int channel, const typename T::Limits& limits,
                                          WinogradCodes<T, F>& codes) {
  constexpr int M = F::kOutputs;
  const int rows = task.rows < M ? task.rows : M, cols = task.cols - tile * M < M ? task.cols - tile * M : M;
  for (int r = 0; r < rows; ++r) {
    std::byte* out = task.output + r * task.output_row + tile * M * task.output_step + channel;
    const std::byte* addend = nullptr;
    if constexpr (kAdd) addend = task.addend + r * task.addend_row + tile * M * task.addend_step + channel;
    for (int c = 0; c < cols; ++c, out += task.output_step) {
      typename T::Vector(&q)[T::kGroup] = codes[r * M + c];
      if constexpr (kAdd) {
#pragma GCC unroll 4
        for (int v = 0; v < T::kGroup; ++v) q[v] = T::add_codes(q[v], addend + v * T::kLanes, *task.epilogue);
        addend += task.addend_step;
      }
      T::store_codes(out, q, task.channels - channel, limits);
    }
  }
}

template <class T, class F, bool kAdd>
HEADRACE_INLINE void winograd_output_codes(const WinogradOutputTask& task) {
  const typename T::Limits limits = T::limits(*task.epilogue);
  alignas(64) WinogradCodes<T, F> codes = {};  // the vectors of a group that do not exist stay zeros
  for (int tile = 0; tile < task.count; ++tile) {
    const std::byte* from = task.input + tile * task.tile_bytes;
    for (int channel = 0; channel < task.channels; channel += T::kGroup * T::kLanes) {
      for (int v = 0; v < T::kGroup && channel + v * T::kLanes < task.channels; ++v)
        winograd_requantise<T, F>(task, from, channel + v * T::kLanes, v, codes);
      winograd_store_codes<T, F, kAdd>(task, tile, channel, limits, codes);
    }
  }
}

template <class T, class F>
void winograd_output_u8(const WinogradOutputTask& task) noexcept {
  if (task.epilogue->add) winograd_output_codes<T, F, true>(task);
  else winograd_output_codes<T, F, false>(task);
}

template <class T, class F>
HEADRACE_INLINE void winograd_output_f32_vector(const WinogradOutputTask& task, int tile, int channel) {
  using V = typename T::Vector;
  constexpr int M = F::kOutputs;
  const int channels = task.channels - channel;
  const V bias = T::load_bias(task.bias + channel * 4);
  std::byte* const out = task.output + tile * M * task.output_step + channel * 4;
  const std::byte* const addend = task.addend ? task.addend + tile * M * task.addend_step + channel * 4 : nullptr;
  winograd_output_vector<T, F>(
      task.input + tile * task.tile_bytes + channel * 4, task.position_bytes,
      T::zero(), [&](int r, int c, V y) __attribute__((always_inline)) {
        if (r >= task.rows || tile * M + c >= task.cols) return;
        y = T::multiply_add(y, kWinogradFactor[F::kShift[r] + F::kShift[c]], bias);
        if (addend) y = T::add(y, T::load_addend(addend + r * task.addend_row + c * task.addend_step, channels));
        T::store_clamped(out + r * task.output_row + c * task.output_step, y, channels, *task.epilogue);
      });
}

template <class T, class F>
void winograd_output_f32(const WinogradOutputTask& task) noexcept {
  for (int tile = 0; tile < task.count; ++tile)
    for (int channel = 0; channel < task.channels; channel += T::kLanes) winograd_output_f32_vector<T, F>(task, tile, channel);
}

// The table's entries for an ISA, from its traits.
template <class S16, class S32, class F32>
constexpr WinogradKernels kWinogradKernels{.input_u8_f4 = winograd_input<S16, WinogradF4>,
                                           .output_u8_f4 = winograd_output_u8<S32, WinogradF4>,
                                           .input_f32_f4 = winograd_input<F32, WinogradF4>,
                                           .output_f32_f4 = winograd_output_f32<F32, WinogradF4>,
                                           .input_f32_f2 = winograd_input<F32, WinogradF2>,
                                           .output_f32_f2 = winograd_output_f32<F32, WinogradF2>};

}  // namespace headrace::kernels
