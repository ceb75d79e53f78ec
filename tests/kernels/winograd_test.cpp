// Winograd against the direct convolution: u8 bit for bit (the oracle is the reference kernel, which has tests of its own), f32
// within the error that docs/numerics.md promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv_problem.h"
#include "kernels/tables.h"
#include "kernels/winograd_layer.h"
#include "support/test_support.h"

namespace headrace::kernels::testing {
namespace {

ConvProblem problem_of(int height, int width, int channels, int output_channels) {
  ConvProblem p;
  p.shape = {.output_channels = output_channels, .kernel_h = 3, .kernel_w = 3, .group_channels = channels};
  p.height = height, p.width = width;
  p.pad = {1, 1, 1, 1};
  return p;
}

// Odd counts of everything, pictures smaller than a tile, several panels.
ConvProblem random_problem(Dice& dice) {
  return problem_of(dice.pick(1, 14), dice.pick(1, 14), dice.one_in(3) ? dice.pick(60, 70) : dice.pick(1, 40),
                    dice.one_in(3) ? dice.pick(120, 150) : dice.pick(1, 70));
}

WinogradShape shape_of(const ConvProblem& p) { return {p.shape.group_channels, p.shape.output_channels}; }

template <typename T>
Picture<T> input_picture(Dice& dice, const ConvProblem& p, const std::vector<T>& values, T outside) {
  Picture<T> picture(dice, p.height, p.width, p.input_channels(), p.pad);
  picture.fill(values, outside);
  return picture;
}

// All panels, or two calls with a share each; all rows at once, or cut somewhere. Every time the same bits are expected.
template <typename T>
void run_layer(Dice& dice, const WinogradLayer& layer, const ConvProblem& p, const ConvEpilogue& epilogue,
               std::vector<Picture<T>*> inputs, std::vector<Picture<T>*> outputs, Picture<T>* addend) {
  AlignedBytes workspace(layer.workspace_bytes());
  const int tile = layer.outputs_per_tile(), cut_row = std::min(dice.pick(0, 3) * tile, p.height),
            cut_panel = dice.pick(0, layer.panels());
  WinogradRun run{.rows = p.height, .cols = p.width, .epilogue = &epilogue, .workspace = workspace.data()};
  run.input_row = inputs[0]->row_bytes(), run.input_pixel = inputs[0]->pixel_bytes();
  run.output_row = outputs[0]->row_bytes(), run.output_pixel = outputs[0]->pixel_bytes();
  if (addend) run.addend_row = addend->row_bytes(), run.addend_pixel = addend->pixel_bytes();
  for (const auto& [row_begin, row_end] : {std::pair(0, cut_row), std::pair(cut_row, p.height)}) {
    std::vector<WinogradRows> pictures;
    for (size_t i = 0; i < inputs.size(); ++i)
      pictures.push_back({inputs[i]->at(-1, -1), outputs[i]->at(0, 0), addend ? addend->at(0, 0) : nullptr, row_begin, row_end});
    run.pictures = pictures;
    run.panel_begin = 0, run.panel_end = cut_panel;
    layer.run(run);
    run.panel_begin = cut_panel, run.panel_end = INT_MAX;
    layer.run(run);
  }
}

struct U8Case {
  ConvProblem problem;
  uint8_t outside = 0;
  std::vector<uint8_t> input;
  std::vector<int8_t> weights;
  std::vector<int32_t> bias;
  std::vector<float> multiplier;
  ConvEpilogue epilogue;
};

U8Case random_case(Dice& dice, const ConvProblem& p) {
  U8Case c;
  c.problem = p, c.outside = dice.value<uint8_t>();
  c.input = dice.values<uint8_t>(static_cast<size_t>(p.height) * p.width * p.input_channels());
  c.weights = dice.values<int8_t>(p.weight_count());
  const float spread = 10000 * std::sqrt(9.0f * static_cast<float>(p.input_channels()));
  for (int i = 0; i < p.shape.output_channels; ++i) {
    c.bias.push_back(dice.pick(-20000, 20000));
    c.multiplier.push_back(dice.real(10, 200) / spread);
  }
  ConvEpilogue& e = c.epilogue;
  e.zero_point = dice.pick(0, 255), e.minimum = dice.one_in(2) ? e.zero_point : 0, e.maximum = dice.pick(e.minimum, 255);
  e.add = dice.one_in(2);
  e.own_is_a = dice.one_in(2);
  e.sum = random_sum(dice);
  return c;
}

void check(const KernelTable& table, Dice& dice, const U8Case& c) {
  const ConvProblem& p = c.problem;
  SCOPED_TRACE(::testing::Message() << p);
  const auto layer = WinogradLayer::pack_u8(table, shape_of(p), c.weights, c.bias, c.multiplier);
  ASSERT_OK(layer);
  const auto direct = pack_conv_u8(reference_table().conv_u8_geometry, p.shape, c.weights, c.bias, c.multiplier);
  ASSERT_OK(direct);
  Picture<uint8_t> input = input_picture(dice, p, c.input, c.outside);
  Picture<uint8_t> output(dice, p.height, p.width, p.shape.output_channels), want = output, addend = output;
  Picture<uint8_t>* const added = c.epilogue.add ? &addend : nullptr;
  run_conv(reference_table().conv_u8, 0, p, *direct, c.epilogue, input, want, added, p.height);
  run_layer<uint8_t>(dice, *layer, p, c.epilogue, {&input}, {&output}, added);
  expect_same(output, want);
}

TEST(WinogradU8, AnyProblem) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(31);
    for (int i = 0; i < 60; ++i) check(table, dice, random_case(dice, random_problem(dice)));
  });
}

// More tiles than a block holds, so that blocks begin and end within rows of tiles.
TEST(WinogradU8, ManyTiles) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(32);
    check(table, dice, random_case(dice, problem_of(61, 83, 9, 17)));
    check(table, dice, random_case(dice, problem_of(30, 27, 130, 5)));
  });
}

// Inputs of 0 and 255 in every pattern that a transform's row can want, weights at the ends of their range, and sums up to the
// last multiple of them below 2^25: 255 * 128 * 9 * 114.
TEST(WinogradU8, ExtremeValues) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(33);
    for (int pattern = 0; pattern < 18; ++pattern) {
      U8Case c = random_case(dice, problem_of(9, 10, pattern % 2 ? 114 : 37, 20));
      for (size_t i = 0; i < c.weights.size(); ++i)
        c.weights[i] = static_cast<int8_t>(pattern < 3 ? -128 : pattern < 6 ? 127 : dice.one_in(2) ? -128 : 127);
      for (size_t i = 0; i < c.input.size(); ++i) {
        const size_t pixel = i / c.problem.input_channels(), row = pixel / 10, col = pixel % 10;
        const bool low_rows = (row + 1) % 4 == 1 || (row + 1) % 4 == 2, low_cols = (col + 1) % 4 == 1 || (col + 1) % 4 == 2;
        c.input[i] = pattern % 3 == 0 ? 255 : (pattern % 3 == 1 ? low_rows == low_cols : dice.one_in(2)) ? 255 : 0;
      }
      c.outside = 255;
      std::fill(c.bias.begin(), c.bias.end(), 0);
      for (float& m : c.multiplier) m = dice.real(1e-7f, 1e-5f);
      check(table, dice, c);
    }
  });
}

// Halves of odd sums: the division of the products must be exact before the rounding.
TEST(WinogradU8, RoundsHalfToEven) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(34);
    for (const float half : {0.5f, -0.5f}) {
      U8Case c = random_case(dice, problem_of(7, 9, 2, 33));
      for (int8_t& weight : c.weights) weight = static_cast<int8_t>(dice.pick(-1, 1));
      for (uint8_t& x : c.input) x = static_cast<uint8_t>(dice.pick(0, 15));
      for (int32_t& bias : c.bias) bias = dice.pick(-9, 9);
      std::fill(c.multiplier.begin(), c.multiplier.end(), half);
      c.epilogue.sum = {.a_ratio = 0.5f, .b_ratio = 0.5f};
      check(table, dice, c);
    }
  });
}

TEST(WinogradU8, RefusesSumsThatItsIntegersCannotHold) {
  const KernelTable& table = reference_table();
  const auto pack = [&](int channels, int8_t weight, int32_t bias, float scale = 1e-6f) {
    std::vector<int8_t> weights(2 * 9 * static_cast<size_t>(channels));
    std::fill(weights.begin() + 9 * channels, weights.end(), weight);
    return WinogradLayer::pack_u8(table, {channels, 2}, weights, std::vector<int32_t>{0, bias}, std::vector<float>{1e-6f, scale});
  };
  EXPECT_TRUE(pack(114, -128, 0).ok());
  EXPECT_ERROR(pack(115, -128, 0), "output channel 1 can sum to 33782400");
  EXPECT_TRUE(pack(1, 0, (1 << 25) - 1).ok());
  EXPECT_ERROR(pack(1, 0, 1 << 25), "direct convolution");
  EXPECT_ERROR(pack(1, 0, INT32_MIN), "output channel 1");
  EXPECT_ERROR(pack(1, 127, 0, 1e5f), "the scale is too small");
}

TEST(WinogradU8, SeveralPicturesInOneRun) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(35);
    U8Case c = random_case(dice, problem_of(6, 7, 19, 70));
    c.epilogue.add = false;
    const ConvProblem& p = c.problem;
    const auto layer = WinogradLayer::pack_u8(table, shape_of(p), c.weights, c.bias, c.multiplier);
    ASSERT_OK(layer);
    std::vector<Picture<uint8_t>> inputs, outputs, want;
    std::vector<Picture<uint8_t>*> input_list, output_list;
    for (int i = 0; i < 5; ++i) {
      Dice layout(1);  // pictures of one batch lie alike
      inputs.push_back(input_picture(layout, p, dice.values<uint8_t>(c.input.size()), c.outside));
      outputs.emplace_back(layout, p.height, p.width, p.shape.output_channels);
      want.push_back(outputs.back());
    }
    for (int i = 0; i < 5; ++i) {
      run_layer<uint8_t>(dice, *layer, p, c.epilogue, {&inputs[i]}, {&want[i]}, nullptr);
      input_list.push_back(&inputs[i]), output_list.push_back(&outputs[i]);
    }
    run_layer<uint8_t>(dice, *layer, p, c.epilogue, input_list, output_list, nullptr);
    for (int i = 0; i < 5; ++i) expect_same(outputs[i], want[i]);
  });
}

struct F32Case {
  ConvProblem problem;
  std::vector<float> input, weights, bias;
};

F32Case random_f32(Dice& dice, const ConvProblem& p) {
  return {p, dice.values<float>(static_cast<size_t>(p.height) * p.width * p.input_channels()),
          dice.values<float>(p.weight_count()), dice.values<float>(p.shape.output_channels)};
}

// The sums without their clamp, in double.
std::vector<double> exact(const F32Case& c, Picture<float>* addend) {
  std::vector<double> y;
  each_output(c.problem, [&](int h, int w, int i) {
    const double sum = direct_sum<double>(c.problem, c.weights, h, w, i, [&](int row, int col, int k) {
      return c.input[(static_cast<size_t>(row) * c.problem.width + col) * c.problem.input_channels() + k];
    });
    y.push_back(sum + c.bias[i] + (addend ? addend->get(h, w, i) : 0));
  });
  return y;
}

// The largest error over the largest output.
double relative_error(const std::vector<double>& want, const Picture<float>& got, const ConvEpilogue& e) {
  double error = 0, largest = 0;
  size_t at = 0;
  for (int h = 0; h < got.height(); ++h)
    for (int w = 0; w < got.width(); ++w)
      for (int i = 0; i < got.channels(); ++i, ++at) {
        const double y = std::clamp<double>(want[at], e.minimum_f32, e.maximum_f32);
        error = std::max(error, std::fabs(y - got.get(h, w, i)));
        largest = std::max(largest, std::fabs(want[at]));
      }
  return error / largest;
}

void check(const KernelTable& table, Dice& dice, WinogradKind kind, const F32Case& c, bool add, double bound) {
  const ConvProblem& p = c.problem;
  SCOPED_TRACE(::testing::Message() << p);
  const WinogradLayer layer = WinogradLayer::pack_f32(table, kind, shape_of(p), c.weights, c.bias);
  Picture<float> input = input_picture(dice, p, c.input, 0.0f);
  Picture<float> output(dice, p.height, p.width, p.shape.output_channels), again = output, addend = output;
  std::vector<float> added = dice.values<float>(static_cast<size_t>(p.height) * p.width * p.shape.output_channels);
  addend.fill(added, 0.0f);
  ConvEpilogue epilogue{.output = ConvOutput::kF32};
  if (dice.one_in(2)) epilogue.minimum_f32 = 0;
  if (dice.one_in(4)) epilogue.maximum_f32 = 2;
  run_layer<float>(dice, layer, p, epilogue, {&input}, {&output}, add ? &addend : nullptr);
  EXPECT_LT(relative_error(exact(c, add ? &addend : nullptr), output, epilogue), bound);
  run_layer<float>(dice, layer, p, epilogue, {&input}, {&again}, add ? &addend : nullptr);
  expect_same(again, output);  // cut in other ways
}

// Relative to the largest output; docs/numerics.md.
constexpr double kBoundF4 = 2e-5, kBoundF2 = 2e-6;

TEST(WinogradF32, AnyProblem) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(36);
    for (int i = 0; i < 30; ++i) {
      check(table, dice, WinogradKind::kF32F4, random_f32(dice, random_problem(dice)), dice.one_in(2), kBoundF4);
      check(table, dice, WinogradKind::kF32F2, random_f32(dice, random_problem(dice)), dice.one_in(2), kBoundF2);
    }
    check(table, dice, WinogradKind::kF32F4, random_f32(dice, problem_of(61, 83, 9, 17)), true, kBoundF4);
    check(table, dice, WinogradKind::kF32F2, random_f32(dice, problem_of(61, 83, 9, 17)), true, kBoundF2);
  });
}

// Inputs as a Relu leaves them, none below zero: the transforms' differences cancel more.
TEST(WinogradF32, DeepLayerAfterRelu) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(37);
    F32Case c = random_f32(dice, problem_of(9, 11, 512, 24));
    for (float& x : c.input) x = std::max(x, 0.0f);
    check(table, dice, WinogradKind::kF32F4, c, false, kBoundF4);
    check(table, dice, WinogradKind::kF32F2, c, false, kBoundF2);
  });
}

}  // namespace
}  // namespace headrace::kernels::testing
