// The pools of pool.h, written once: T is an ISA's Vector (avx2/vector.h). A block of channels at a time is carried through the
// whole window. Loads may read beyond the channels, stores keep within them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/tiles/pool_window.h"
#include "kernels/tiles/requantize.h"

namespace headrace::kernels {

template <class T, class E, int kSize>
HEADRACE_INLINE void max_row(const PoolTask& task) {
  PoolWindow window(task);
  std::byte* out = task.output;
  const ptrdiff_t input_step = task.input_step, output_step = task.output_step;
  const int channels = task.channels;
  for (int left = task.cols; left > 0; --left, window.begin += input_step, out += output_step)
    channel_blocks<E::kWidth, 4>(channels, [&]<int NV>(int c, int n) {
      typename E::V most[NV];
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) most[v] = load_tap<T, E>(window.begin, c + v * E::kWidth);
      window.template each<kSize>([&](const std::byte* tap) {
#pragma GCC unroll 4
        for (int v = 0; v < NV; ++v) most[v] = E::max(load_tap<T, E>(tap, c + v * E::kWidth), most[v]);
      });
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) store_channels<T, E>(out, c + v * E::kWidth, most[v], n - v * E::kWidth);
    });
}

template <class T, class E>
void max_pool(const PoolTask& task) noexcept {
  by_size(task, [&]<int kSize>() { max_row<T, E, kSize>(task); });
}

// sum over the window * factor for every channel, summed in row order.
template <class T, int kSize>
HEADRACE_INLINE void average_f32(const PoolWindow& window, int channels, float factor, std::byte* out) {
  using E = PoolF32<T>;
  channel_blocks<E::kWidth, 4>(channels, [&]<int NV>(int c, int n) {
    typename T::F sum[NV];
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) sum[v] = T::set(0);
    window.template each<kSize>([&](const std::byte* tap) {
#pragma GCC unroll 4
      for (int v = 0; v < NV; ++v) sum[v] = T::add(sum[v], load_tap<T, E>(tap, c + v * E::kWidth));
    });
#pragma GCC unroll 4
    for (int v = 0; v < NV; ++v) store_channels<T, E>(out, c + v * E::kWidth, T::mul(sum[v], T::set(factor)), n - v * E::kWidth);
  });
}

// Sums of codes, one vector of them, exact: in 16 bits as long as these suffice, then in 32.
template <class T>
class CodeSums {
 public:
  HEADRACE_INLINE void add(typename T::I codes) {
    low_ = T::add16(low_, T::low8(codes, T::zero()));
    high_ = T::add16(high_, T::high8(codes, T::zero()));
    if (++count_ == 257) flush();  // 257 * 255 = 65,535
  }
  // float(sum - zeros), in the order of Widen.
  HEADRACE_INLINE void finish(int32_t zeros, typename T::F (&x)[4]) {
    flush();
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) x[i] = T::to_float(T::sub32(sums_[i], T::set32(zeros)));
  }

 private:
  HEADRACE_INLINE void flush() {
    sums_[0] = T::add32(sums_[0], T::low16(low_, T::zero()));
    sums_[1] = T::add32(sums_[1], T::high16(low_, T::zero()));
    sums_[2] = T::add32(sums_[2], T::low16(high_, T::zero()));
    sums_[3] = T::add32(sums_[3], T::high16(high_, T::zero()));
    low_ = high_ = T::zero();
    count_ = 0;
  }
  typename T::I low_ = T::zero(), high_ = T::zero();
  typename T::I sums_[4] = {T::zero(), T::zero(), T::zero(), T::zero()};
  int count_ = 0;
};

template <class T, int kSize>
HEADRACE_INLINE void average_u8(const PoolWindow& window, int channels, float factor, int32_t zeros,
                                const Requantize<T>& requantize, std::byte* out) {
  using E = PoolU8<T>;
  for (int c = 0; c < channels; c += E::kWidth) {
    CodeSums<T> sums;
    window.template each<kSize>([&](const std::byte* tap) { sums.add(load_tap<T, E>(tap, c)); });
    typename T::F x[4];
    sums.finish(zeros, x);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) x[i] = T::mul(x[i], T::set(factor));
    store_channels<T, E>(out, c, requantize(x), channels - c);
  }
}

template <class T>
void average_pool_u8(const PoolTask& task) noexcept {
  PoolWindow window(task);
  const Requantize<T> requantize(task.output_zero_point);
  const int32_t zeros = task.kernel_h * task.kernel_w * task.zero_point;
  by_size(task, [&]<int kSize>() {
    for (int col = 0; col < task.cols; ++col, window.begin += task.input_step)
      average_u8<T, kSize>(window, task.channels, task.factor[col], zeros, requantize, task.output + col * task.output_step);
  });
}

template <class T>
void average_pool_f32(const PoolTask& task) noexcept {
  PoolWindow window(task);
  by_size(task, [&]<int kSize>() {
    for (int col = 0; col < task.cols; ++col, window.begin += task.input_step)
      average_f32<T, kSize>(window, task.channels, task.factor[col], task.output + col * task.output_step);
  });
}

template <class T>
void global_average_pool_u8(const GlobalPoolTask& task) noexcept {
  const int32_t zeros = task.rows * task.cols * task.zero_point;
  average_u8<T, 0>(PoolWindow(task), task.channels, task.factor, zeros, Requantize<T>(task.output_zero_point), task.output);
}

template <class T>
void global_average_pool_f32(const GlobalPoolTask& task) noexcept {
  average_f32<T, 0>(PoolWindow(task), task.channels, task.factor, task.output);
}

template <class T>
constexpr PoolKernels kPoolKernels{.max_u8 = max_pool<T, PoolU8<T>>,
                                   .max_f32 = max_pool<T, PoolF32<T>>,
                                   .average_u8 = average_pool_u8<T>,
                                   .average_f32 = average_pool_f32<T>,
                                   .global_average_u8 = global_average_pool_u8<T>,
                                   .global_average_f32 = global_average_pool_f32<T>};

}  // namespace headrace::kernels
