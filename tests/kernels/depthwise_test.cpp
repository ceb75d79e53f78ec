// Depthwise convolution: u8 bit for bit against plain loops, f32 within rounding and the same bits for every cut.
#include <algorithm>
#include <cmath>

#include "kernels_test_support.h"

namespace headrace::kernels::testing {
namespace {

struct DepthwiseCase {
  DepthwiseShape shape;
  int stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  int rows = 1, cols = 1;  // of the output

  int input_rows() const { return (rows - 1) * stride_h + (shape.kernel_h - 1) * dilation_h + 1; }
  int input_cols() const { return (cols - 1) * stride_w + (shape.kernel_w - 1) * dilation_w + 1; }
  size_t weight_count() const { return static_cast<size_t>(shape.channels) * shape.kernel_h * shape.kernel_w; }
};

DepthwiseCase square(int channels, int kernel, int stride, int rows, int cols) {
  return {.shape = {channels, kernel, kernel}, .stride_h = stride, .stride_w = stride, .rows = rows, .cols = cols};
}

DepthwiseCase random_case(Dice& dice) {
  static constexpr int kChannels[] = {1,  3,  8,  15, 16, 17, 24,  31,  32,  33,  47, 48,
                                      49, 63, 64, 65, 80, 96, 100, 112, 130, 144, 192};
  const int channels = kChannels[dice.pick(0, std::size(kChannels) - 1)];
  const int rows = dice.pick(1, 5), cols = dice.pick(1, 19);
  if (!dice.one_in(3)) return square(channels, dice.one_in(2) ? 3 : 5, dice.pick(1, 2), rows, cols);
  DepthwiseCase c = square(channels, 1, 1, rows, cols);
  c.shape.kernel_h = dice.pick(1, 7), c.shape.kernel_w = dice.pick(1, 7);
  c.stride_h = dice.pick(1, 3), c.stride_w = dice.pick(1, 3);
  c.dilation_h = dice.pick(1, 2), c.dilation_w = dice.pick(1, 3);
  return c;
}

// A case with its numbers.
template <typename T>
struct Problem {
  using Weight = std::conditional_t<std::is_same_v<T, float>, float, int8_t>;
  using Bias = std::conditional_t<std::is_same_v<T, float>, float, int32_t>;

  DepthwiseCase c;
  Picture<T> input, output;
  std::vector<Weight> weights;
  std::vector<Bias> bias;
  std::vector<float> multiplier;
  ConvEpilogue epilogue;

  Problem(Dice& dice, const DepthwiseCase& c)
      : c(c),
        input(dice, c.input_rows(), c.input_cols(), c.shape.channels),
        output(dice, c.rows, c.cols, c.shape.channels),
        weights(dice.values<Weight>(c.weight_count())) {
    input.fill(dice.values<T>(static_cast<size_t>(input.height()) * input.width() * c.shape.channels), 0);
    const float spread = 5000 * std::sqrt(static_cast<float>(c.shape.kernel_h * c.shape.kernel_w));
    for (int i = 0; i < c.shape.channels; ++i) {
      bias.push_back(std::is_same_v<T, float> ? static_cast<Bias>(dice.real(-1, 1))
                                              : static_cast<Bias>(dice.pick(-20000, 20000)));
      multiplier.push_back(dice.real(10, 200) / spread);
    }
    if constexpr (std::is_same_v<T, float>) {
      epilogue = {.output = ConvOutput::kF32, .minimum_f32 = dice.real(-2, 0), .maximum_f32 = dice.real(0, 2)};
    } else {
      epilogue.zero_point = dice.pick(0, 255);
      epilogue.minimum = dice.one_in(2) ? epilogue.zero_point : 0;
      epilogue.maximum = dice.one_in(2) ? 255 : dice.pick(epilogue.minimum, 255);
    }
  }

  AlignedBytes pack(const KernelTable& table) const {
    if constexpr (std::is_same_v<T, float>) return table.depthwise.pack_f32(c.shape, weights, bias);
    else return table.depthwise.pack_u8(c.shape, weights, bias, multiplier);
  }
  // Rows [row, row + rows) and columns [col, col + cols) of the output.
  DepthwiseTask task(const AlignedBytes& packed, Picture<T>& to, int row, int rows, int col, int cols) {
    return {.input = input.at(row * c.stride_h, col * c.stride_w),
            .output = to.at(row, col),
            .row_count = rows,
            .cols = cols,
            .input_row = c.stride_h * input.row_bytes(),
            .input_step = c.stride_w * input.pixel_bytes(),
            .tap_row = c.dilation_h * input.row_bytes(),
            .tap_step = c.dilation_w * input.pixel_bytes(),
            .output_row = to.row_bytes(),
            .output_step = to.pixel_bytes(),
            .shape = c.shape,
            .weights = packed.data(),
            .epilogue = &epilogue};
  }
  void run(const KernelTable& table, const DepthwiseTask& task) const {
    (std::is_same_v<T, float> ? table.depthwise.f32 : table.depthwise.u8)(task);
  }
  Picture<T> whole(const KernelTable& table) {
    Picture<T> got = output;
    const AlignedBytes packed = pack(table);
    run(table, task(packed, got, 0, c.rows, 0, c.cols));
    return got;
  }

  // The sum over the window and the bias, in double: exact for u8.
  double sum(int row, int col, int channel) const {
    double total = bias[channel];
    const Weight* w = weights.data() + static_cast<size_t>(channel) * c.shape.kernel_h * c.shape.kernel_w;
    for (int kh = 0; kh < c.shape.kernel_h; ++kh)
      for (int kw = 0; kw < c.shape.kernel_w; ++kw)
        total += static_cast<double>(*w++) *
                 input.get(row * c.stride_h + kh * c.dilation_h, col * c.stride_w + kw * c.dilation_w, channel);
    return total;
  }
};

uint8_t expected_code(const Problem<uint8_t>& p, int row, int col, int channel) {
  const ConvEpilogue& e = p.epilogue;
  const float scaled = static_cast<float>(static_cast<int32_t>(p.sum(row, col, channel))) * p.multiplier[channel];
  return static_cast<uint8_t>(
      std::clamp<double>(std::nearbyint(static_cast<double>(scaled)) + e.zero_point, e.minimum, e.maximum));
}

void expect_exact(Problem<uint8_t>& problem) {
  const DepthwiseCase& c = problem.c;
  SCOPED_TRACE(::testing::Message() << c.shape.channels << " channels, kernel " << c.shape.kernel_h << "x" << c.shape.kernel_w
                                    << ", stride " << c.stride_h << "x" << c.stride_w << ", dilation " << c.dilation_h << "x"
                                    << c.dilation_w << ", output " << c.rows << "x" << c.cols);
  Picture<uint8_t> want = problem.output;
  for (int row = 0; row < c.rows; ++row)
    for (int col = 0; col < c.cols; ++col)
      for (int channel = 0; channel < c.shape.channels; ++channel)
        want.set(row, col, channel, expected_code(problem, row, col, channel));
  for_each_isa([&](const KernelTable& table) { expect_same(problem.whole(table), want); });
}

TEST(DepthwiseU8, RandomCases) {
  Dice dice(1);
  for (int round = 0; round < 300 && !::testing::Test::HasFatalFailure(); ++round) {
    Problem<uint8_t> problem(dice, random_case(dice));
    expect_exact(problem);
  }
}

// Rows longer than the strips that the kernels cut them into.
TEST(DepthwiseU8, LongRows) {
  Dice dice(2);
  for (const int kernel : {3, 5})
    for (const int stride : {1, 2})
      for (const int channels : {16, 32, 80}) {
        Problem<uint8_t> problem(dice, square(channels, kernel, stride, 3, dice.pick(380, 420)));
        expect_exact(problem);
      }
}

// What saturates where products are added in 16 bits.
TEST(DepthwiseU8, ExtremeValues) {
  Dice dice(3);
  for (const int kernel : {1, 2, 3, 5, 7})
    for (const int stride : {1, 2})
      for (const int weight : {-128, 127, 0}) {
        Problem<uint8_t> problem(dice, square(70, kernel, stride, 3, 5));
        for (const int value : {0, 255}) {
          problem.input.fill(
              std::vector<uint8_t>(static_cast<size_t>(problem.input.height()) * problem.input.width() * 70, value), 0);
          std::fill(problem.weights.begin(), problem.weights.end(), weight);
          expect_exact(problem);
        }
      }
}

// Halves round to even, and a clamp to one code holds.
TEST(DepthwiseU8, Rounding) {
  Dice dice(4);
  Problem<uint8_t> problem(dice, square(40, 3, 1, 2, 9));
  problem.multiplier.assign(40, 0.5f);
  for (int8_t& w : problem.weights) w %= 3;
  problem.bias.assign(40, 0);
  problem.epilogue.zero_point = 128, problem.epilogue.minimum = 0, problem.epilogue.maximum = 255;
  expect_exact(problem);
  problem.epilogue.minimum = problem.epilogue.maximum = 100;
  expect_exact(problem);
}

TEST(DepthwiseF32, RandomCases) {
  Dice dice(5);
  for (int round = 0; round < 200; ++round) {
    Problem<float> problem(dice, random_case(dice));
    const DepthwiseCase& c = problem.c;
    for_each_isa([&](const KernelTable& table) {
      const Picture<float> got = problem.whole(table);
      for (int row = 0; row < c.rows; ++row)
        for (int col = 0; col < c.cols; ++col)
          for (int channel = 0; channel < c.shape.channels; ++channel)
            ASSERT_NEAR(
                got.get(row, col, channel),
                std::clamp<double>(problem.sum(row, col, channel), problem.epilogue.minimum_f32, problem.epilogue.maximum_f32),
                1e-6 * c.shape.kernel_h * c.shape.kernel_w);
    });
  }
}

TEST(DepthwiseF32, BiasMayBeAbsent) {
  Dice dice(6);
  Problem<float> problem(dice, square(37, 3, 1, 3, 4)), zeros = problem;
  problem.bias.clear();
  zeros.bias.assign(37, 0);
  for_each_isa([&](const KernelTable& table) { expect_same(problem.whole(table), zeros.whole(table)); });
}

// Every cut into tasks gives the same bits, and no task writes beside its own rows and columns.
template <typename T>
void expect_same_for_every_cut(uint32_t seed) {
  Dice dice(seed);
  for (int round = 0; round < 60; ++round) {
    Problem<T> problem(dice, random_case(dice));
    for_each_isa([&](const KernelTable& table) {
      const Picture<T> want = problem.whole(table);
      const AlignedBytes packed = problem.pack(table);
      Picture<T> got = problem.output;
      const int split = dice.pick(0, problem.c.cols);
      for (int row = 0, rows = 0; row < problem.c.rows; row += rows) {
        rows = dice.pick(1, problem.c.rows - row);
        if (split > 0) problem.run(table, problem.task(packed, got, row, rows, 0, split));
        if (split < problem.c.cols) problem.run(table, problem.task(packed, got, row, rows, split, problem.c.cols - split));
      }
      expect_same(got, want);
    });
  }
}

TEST(DepthwiseU8, TheCutDoesNotShow) { expect_same_for_every_cut<uint8_t>(7); }
TEST(DepthwiseF32, TheCutDoesNotShow) { expect_same_for_every_cut<float>(8); }

}  // namespace
}  // namespace headrace::kernels::testing
