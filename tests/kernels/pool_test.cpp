#include <cmath>
#include <limits>

#include "kernels_test_support.h"

namespace headrace::kernels::testing {
namespace {

// A window over a picture and where its outputs go.
struct PoolShape {
  int channels, kernel, stride, dilation, outputs;
  int extent() const { return (outputs - 1) * stride + (kernel - 1) * dilation + 1; }
};

PoolShape random_shape(Dice& dice) {
  static constexpr int kChannels[] = {1, 3, 7, 8, 16, 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 130, 192, 257, 300};
  return {kChannels[dice.pick(0, std::size(kChannels) - 1)], dice.pick(1, 4), dice.pick(1, 3), dice.pick(1, 2), dice.pick(1, 5)};
}

// The input of one row of windows, and the row.
template <typename T>
struct PoolProblem {
  PoolShape shape;
  Picture<T> input, output;
  std::vector<float> factor;

  PoolProblem(Dice& dice, const PoolShape& shape)
      : shape(shape),
        input(dice, (shape.kernel - 1) * shape.dilation + 1, shape.extent(), shape.channels),
        output(dice, 1, shape.outputs, shape.channels) {
    for (int i = 0; i < shape.outputs; ++i)
      factor.push_back(dice.real(0.5f, 2.0f) / static_cast<float>(shape.kernel * shape.kernel));
    if constexpr (std::is_same_v<T, float>)
      input.fill(dice.values<float>(static_cast<size_t>(input.height() * input.width()) * shape.channels), 0);
  }
  PoolTask task(Picture<T>& to) {
    return {.input = input.at(0, 0),
            .output = to.at(0, 0),
            .cols = shape.outputs,
            .channels = shape.channels,
            .kernel_h = shape.kernel,
            .kernel_w = shape.kernel,
            .input_step = shape.stride * input.pixel_bytes(),
            .tap_row = shape.dilation * input.row_bytes(),
            .tap_step = shape.dilation * input.pixel_bytes(),
            .output_step = to.pixel_bytes(),
            .factor = factor.data()};
  }
  // Every output from its taps, in row order: value(taps, column).
  template <typename Value>
  Picture<T> expected(const Value& value) {
    Picture<T> want = output;
    for (int col = 0; col < shape.outputs; ++col)
      for (int c = 0; c < shape.channels; ++c) {
        std::vector<T> taps;
        for (int kh = 0; kh < shape.kernel; ++kh)
          for (int kw = 0; kw < shape.kernel; ++kw)
            taps.push_back(input.get(kh * shape.dilation, col * shape.stride + kw * shape.dilation, c));
        want.set(0, col, c, value(taps, col));
      }
    return want;
  }
};

template <typename T>
void expect_maximum(void (*PoolKernels::*kernel)(const PoolTask&) noexcept) {
  Dice dice(1);
  for (int round = 0; round < 60; ++round) {
    PoolProblem<T> problem(dice, random_shape(dice));
    const Picture<T> want =
        problem.expected([](const std::vector<T>& taps, int) { return *std::max_element(taps.begin(), taps.end()); });
    for_each_isa([&](const KernelTable& table) {
      Picture<T> got = problem.output;
      (table.pool.*kernel)(problem.task(got));
      expect_same(got, want);
    });
  }
}

TEST(Pool, MaximumOfCodes) { expect_maximum<uint8_t>(&PoolKernels::max_u8); }
TEST(Pool, MaximumOfFloats) { expect_maximum<float>(&PoolKernels::max_f32); }

TEST(Pool, MaximumOfInfinitiesAndNanIsTheSameEverywhere) {
  Dice dice(2);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  PoolProblem<float> problem(dice, {.channels = 70, .kernel = 2, .stride = 1, .dilation = 1, .outputs = 6});
  for (int h = 0; h < 2; ++h)
    for (int w = 0; w < 7; ++w)
      for (int c = 0; c < 70; ++c)
        if (dice.one_in(2)) problem.input.set(h, w, c, std::vector{inf, -inf, nan, 0.0f, -0.0f}[dice.pick(0, 4)]);
  Picture<float> want = problem.output;
  (*find_kernels("reference"))->pool.max_f32(problem.task(want));
  for_each_isa([&](const KernelTable& table) {
    Picture<float> got = problem.output;
    table.pool.max_f32(problem.task(got));
    EXPECT_TRUE(got.same_bytes(want));
  });
}

uint8_t requantized(int64_t sum, float factor, int zero_point) {
  const float q = std::nearbyintf(static_cast<float>(sum) * factor) + static_cast<float>(zero_point);
  return static_cast<uint8_t>(std::fmin(std::fmax(q, 0.0f), 255.0f));
}

TEST(Pool, AverageOfCodes) {
  Dice dice(3);
  for (int round = 0; round < 60; ++round) {
    PoolProblem<uint8_t> problem(dice, random_shape(dice));
    PoolTask task = problem.task(problem.output);
    task.zero_point = dice.pick(0, 255), task.output_zero_point = dice.pick(0, 255);
    const Picture<uint8_t> want = problem.expected([&](const std::vector<uint8_t>& taps, int col) {
      int64_t sum = 0;
      for (const uint8_t tap : taps) sum += tap - task.zero_point;
      return requantized(sum, problem.factor[col], task.output_zero_point);
    });
    for_each_isa([&](const KernelTable& table) {
      Picture<uint8_t> got = problem.output;
      task.output = got.at(0, 0);
      table.pool.average_u8(task);
      expect_same(got, want);
    });
  }
}

TEST(Pool, AverageOfFloatsSumsInRowOrder) {
  Dice dice(4);
  for (int round = 0; round < 60; ++round) {
    PoolProblem<float> problem(dice, random_shape(dice));
    const Picture<float> want = problem.expected([&](const std::vector<float>& taps, int col) {
      float sum = 0;
      for (const float tap : taps) sum += tap;
      return sum * problem.factor[col];
    });
    for_each_isa([&](const KernelTable& table) {
      Picture<float> got = problem.output;
      table.pool.average_f32(problem.task(got));
      expect_same(got, want);
    });
  }
}

template <typename T>
GlobalPoolTask global_task(Picture<T>& input, Picture<T>& output, float factor) {
  return {.input = input.at(0, 0),
          .output = output.at(0, 0),
          .rows = input.height(),
          .cols = input.width(),
          .channels = input.channels(),
          .input_row = input.row_bytes(),
          .input_step = input.pixel_bytes(),
          .factor = factor};
}

template <typename T>
std::vector<T> channel_of(const Picture<T>& picture, int channel) {
  std::vector<T> all;
  for (int h = 0; h < picture.height(); ++h)
    for (int w = 0; w < picture.width(); ++w) all.push_back(picture.get(h, w, channel));
  return all;
}

void expect_global_average(Picture<uint8_t>& input, Picture<uint8_t>& output, float factor, int zero_point,
                           int output_zero_point) {
  Picture<uint8_t> want = output;
  for (int c = 0; c < input.channels(); ++c) {
    int64_t sum = 0;
    for (const uint8_t code : channel_of(input, c)) sum += code - zero_point;
    want.set(0, 0, c, requantized(sum, factor, output_zero_point));
  }
  for_each_isa([&](const KernelTable& table) {
    Picture<uint8_t> got = output;
    GlobalPoolTask task = global_task(input, got, factor);
    task.zero_point = zero_point, task.output_zero_point = output_zero_point;
    table.pool.global_average_u8(task);
    expect_same(got, want);
  });
}

TEST(Pool, GlobalAverageOfCodes) {
  Dice dice(5);
  for (int round = 0; round < 40; ++round) {
    const int height = dice.pick(1, 20), width = dice.pick(1, 20), channels = random_shape(dice).channels;
    Picture<uint8_t> input(dice, height, width, channels), output(dice, 1, 1, channels);
    expect_global_average(input, output, dice.real(0.5f, 2) / static_cast<float>(height * width), dice.pick(0, 255),
                          dice.pick(0, 255));
  }
}

// More than 16-bit sums hold, at their greatest.
TEST(Pool, GlobalAverageOfManyGreatestCodes) {
  Dice dice(6);
  for (const int width : {256, 257, 258, 514, 1000}) {
    Picture<uint8_t> input(dice, 3, width, 70), output(dice, 1, 1, 70);
    input.fill(std::vector<uint8_t>(static_cast<size_t>(3 * width) * 70, 255), 0);
    expect_global_average(input, output, 1 / static_cast<float>(3 * width), 0, 0);
    expect_global_average(input, output, 0.5f / static_cast<float>(3 * width), 0, 100);
  }
}

TEST(Pool, GlobalAverageOfFloatsSumsInRowOrder) {
  Dice dice(7);
  for (int round = 0; round < 40; ++round) {
    const int height = dice.pick(1, 12), width = dice.pick(1, 12), channels = random_shape(dice).channels;
    Picture<float> input(dice, height, width, channels), output(dice, 1, 1, channels), want = output;
    input.fill(dice.values<float>(static_cast<size_t>(height * width) * channels), 0);
    const float factor = 1 / static_cast<float>(height * width);
    for (int c = 0; c < channels; ++c) {
      float sum = 0;
      for (const float value : channel_of(input, c)) sum += value;
      want.set(0, 0, c, sum * factor);
    }
    for_each_isa([&](const KernelTable& table) {
      Picture<float> got = output;
      table.pool.global_average_f32(global_task(input, got, factor));
      expect_same(got, want);
    });
  }
}

}  // namespace
}  // namespace headrace::kernels::testing
