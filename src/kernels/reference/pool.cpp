#include "kernels/reference/pool.h"

#include "kernels/reference/arithmetic.h"

namespace headrace::kernels::reference {
namespace {

// The window's values of one channel, folded into `sum` from the left.
template <typename T, typename Sum, typename Fold>
Sum fold_window(const PoolTask& task, int col, int channel, Sum sum, const Fold& fold) {
  const std::byte* window = task.input + col * task.input_step + channel * static_cast<ptrdiff_t>(sizeof(T));
  for (int kh = 0; kh < task.kernel_h; ++kh)
    for (int kw = 0; kw < task.kernel_w; ++kw) sum = fold(sum, load<T>(window + kh * task.tap_row + kw * task.tap_step));
  return sum;
}

template <typename T, typename Compute>
void each_output(const PoolTask& task, const Compute& compute) {
  for (int col = 0; col < task.cols; ++col)
    for (int c = 0; c < task.channels; ++c)
      store<T>(task.output + col * task.output_step + c * static_cast<ptrdiff_t>(sizeof(T)), compute(col, c));
}

template <typename T>
void max(const PoolTask& task) noexcept {
  each_output<T>(task, [&](int col, int c) {
    const T first = load<T>(task.input + col * task.input_step + c * static_cast<ptrdiff_t>(sizeof(T)));
    return fold_window<T>(task, col, c, first, [](T a, T b) { return b > a ? b : a; });
  });
}

void average_u8(const PoolTask& task) noexcept {
  const int32_t zeros = task.kernel_h * task.kernel_w * task.zero_point;
  each_output<uint8_t>(task, [&](int col, int c) {
    const int32_t sum = fold_window<uint8_t>(task, col, c, int32_t{0}, [](int32_t a, uint8_t b) { return a + b; });
    return requantize(static_cast<float>(sum - zeros) * task.factor[col], task.output_zero_point);
  });
}

void average_f32(const PoolTask& task) noexcept {
  each_output<float>(task, [&](int col, int c) {
    return fold_window<float>(task, col, c, 0.0f, [](float a, float b) { return a + b; }) * task.factor[col];
  });
}

template <typename T, typename Sum>
Sum sum_picture(const GlobalPoolTask& task, int channel) {
  Sum sum = 0;
  for (int row = 0; row < task.rows; ++row)
    for (int col = 0; col < task.cols; ++col)
      sum += load<T>(task.input + row * task.input_row + col * task.input_step + channel * static_cast<ptrdiff_t>(sizeof(T)));
  return sum;
}

void global_average_u8(const GlobalPoolTask& task) noexcept {
  const int32_t zeros = task.rows * task.cols * task.zero_point;
  for (int c = 0; c < task.channels; ++c) {
    const int32_t sum = sum_picture<uint8_t, int32_t>(task, c) - zeros;
    store<uint8_t>(task.output + c, requantize(static_cast<float>(sum) * task.factor, task.output_zero_point));
  }
}

void global_average_f32(const GlobalPoolTask& task) noexcept {
  for (int c = 0; c < task.channels; ++c)
    store<float>(task.output + static_cast<ptrdiff_t>(4) * c, sum_picture<float, float>(task, c) * task.factor);
}

}  // namespace

constinit const PoolKernels pool_kernels{.max_u8 = max<uint8_t>,
                                         .max_f32 = max<float>,
                                         .average_u8 = average_u8,
                                         .average_f32 = average_f32,
                                         .global_average_u8 = global_average_u8,
                                         .global_average_f32 = global_average_f32};

}  // namespace headrace::kernels::reference
