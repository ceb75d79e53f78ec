// u8 x s8: every bit, on every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "kernels/amx/conv.h"
#include "kernels/conv_problem.h"
#include "kernels/tables.h"
#include "support/test_support.h"

namespace headrace::kernels::testing {
namespace {

// A convolution with its numbers.
struct Case {
  ConvProblem problem;
  int input_zero = 0;
  std::vector<uint8_t> input, addend;
  std::vector<int8_t> weights;
  std::vector<int32_t> bias;
  std::vector<float> multiplier;
  ConvEpilogue epilogue;
};

// Multipliers such that outputs spread over the 256 codes; some saturate.
Case random_case(Dice& dice, const ConvProblem& p) {
  Case c;
  c.problem = p;
  c.input_zero = dice.one_in(3) ? dice.pick(0, 1) * 255 : dice.pick(0, 255);
  c.input = dice.values<uint8_t>(static_cast<size_t>(p.height) * p.width * p.input_channels());
  c.weights = dice.values<int8_t>(p.weight_count());
  const float spread = 5000 * std::sqrt(static_cast<float>(p.weight_count() / p.shape.output_channels));
  for (int i = 0; i < p.shape.output_channels; ++i) {
    c.bias.push_back(dice.pick(-20000, 20000));
    c.multiplier.push_back(dice.real(10, 200) / spread);
  }
  c.epilogue.zero_point = dice.pick(0, 255);
  c.epilogue.minimum = dice.one_in(2) ? c.epilogue.zero_point : 0;
  c.epilogue.maximum = dice.one_in(2) ? 255 : dice.pick(c.epilogue.minimum, 255);
  return c;
}

void make_addition(Dice& dice, Case& c) {
  c.epilogue.add = true;
  c.epilogue.own_is_a = dice.one_in(2);
  c.epilogue.sum = random_sum(dice);
  c.addend = dice.values<uint8_t>(static_cast<size_t>(c.problem.output_height()) * c.problem.output_width() *
                                  c.problem.shape.output_channels);
}

int round_and_clamp(float x, int zero, int low, int high) {
  return static_cast<int>(std::clamp<double>(std::nearbyint(static_cast<double>(x)) + zero, low, high));
}

// What the output should be, by docs/numerics.md.
template <typename Out>
Out expected(const Case& c, int row, int col, int channel) {
  const ConvProblem& p = c.problem;
  const int64_t sum = c.bias[channel] + direct_sum<int64_t>(p, c.weights, row, col, channel, [&](int h, int w, int i) {
                        return c.input[(static_cast<size_t>(h) * p.width + w) * p.input_channels() + i] - c.input_zero;
                      });
  const float scaled = static_cast<float>(static_cast<int32_t>(sum)) * c.multiplier[channel];
  if (std::is_same_v<Out, float>) return static_cast<Out>(scaled);
  const ConvEpilogue& e = c.epilogue;
  const int q = round_and_clamp(scaled, e.zero_point, e.minimum, e.maximum);
  if (!e.add) return static_cast<Out>(q);
  const int a = c.addend[(static_cast<size_t>(row) * p.output_width() + col) * p.shape.output_channels + channel];
  const auto first = static_cast<float>(e.own_is_a ? q : a), second = static_cast<float>(e.own_is_a ? a : q);
  const float added = std::fma(first, e.sum.a_ratio, std::fma(second, e.sum.b_ratio, e.sum.shift));
  return static_cast<Out>(round_and_clamp(added, 0, e.sum.minimum, e.sum.maximum));
}

std::vector<int32_t> without_zero_point(const Case& c) {
  std::vector<int32_t> bias = c.bias;
  const size_t row = c.problem.weight_count() / bias.size();
  for (size_t i = 0; i < bias.size(); ++i)
    bias[i] -= c.input_zero * std::accumulate(c.weights.begin() + i * row, c.weights.begin() + (i + 1) * row, 0);
  return bias;
}

enum class Memory {
  kAnywhere,
  kInLines,      // the input's pixels begin lines of the cache
  kInLinesOver,  // and the sum is written over its addend
};

template <typename Out>
void check(const KernelTable& table, Dice& dice, const Case& c, Memory memory = Memory::kAnywhere) {
  const ConvProblem& p = c.problem;
  SCOPED_TRACE(::testing::Message() << p << ", zero point " << c.input_zero);
  const auto packed = pack_conv_u8(table.conv_u8_geometry, p.shape, c.weights, without_zero_point(c), c.multiplier);
  ASSERT_OK(packed);
  Picture<uint8_t> input = memory == Memory::kAnywhere
                               ? Picture<uint8_t>(dice, p.height, p.width, p.input_channels(), p.pad)
                               : Picture<uint8_t>::in_lines(dice, p.height, p.width, p.input_channels(), p.pad);
  input.fill(c.input, static_cast<uint8_t>(c.input_zero));
  Picture<Out> output(dice, p.output_height(), p.output_width(), p.shape.output_channels), want = output, addend = output;
  if (c.epilogue.add)
    each_output(p, [&](int h, int w, int i) {
      addend.set(h, w, i,
                 static_cast<Out>(c.addend[(static_cast<size_t>(h) * p.output_width() + w) * p.shape.output_channels + i]));
    });
  each_output(p, [&](int h, int w, int i) { want.set(h, w, i, expected<Out>(c, h, w, i)); });
  if (memory == Memory::kInLinesOver) output = addend;
  run_conv(table.conv_u8, table.conv_u8_geometry.workspace_bytes, p, *packed, c.epilogue, input, output,
           !c.epilogue.add                  ? nullptr
           : memory == Memory::kInLinesOver ? &output
                                            : &addend,
           dice.pick(1, 4));
  expect_same(output, want);
}

// Every instruction set, and AMX once more: its kernel leaves small tasks to AVX-512, but its tiles can do them.
template <typename Body>
void for_each_kernel(const Body& body) {
  for_each_isa(body);
  if (!amx_table().supported()) return;
  SCOPED_TRACE("tiles for all tasks");
  KernelTable tiles = amx_table();
  tiles.conv_u8 = amx::conv_u8_on_tiles;
  body(tiles);
}

TEST(ConvU8, AnyProblem) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(1);
    for (int i = 0; i < 150; ++i) check<uint8_t>(table, dice, random_case(dice, random_conv(dice)));
  });
}

TEST(ConvU8, ResidualAddition) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(2);
    for (int i = 0; i < 60; ++i) {
      Case c = random_case(dice, random_conv(dice));
      make_addition(dice, c);
      check<uint8_t>(table, dice, c);
    }
  });
}

TEST(ConvU8, FloatOutput) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(3);
    for (int i = 0; i < 40; ++i) {
      Case c = random_case(dice, random_conv(dice));
      c.epilogue.output = ConvOutput::kF32;
      check<float>(table, dice, c);
    }
  });
}

TEST(ConvU8, EveryPanelWidthAndTileRemainder) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(4);
    const ConvGeometry& geometry = table.conv_u8_geometry;
    for (int vectors = 1; vectors <= geometry.max_vectors; ++vectors)
      for (int missing = 0; missing < geometry.lanes; missing += dice.pick(1, 5))
        for (int pixels = 1; pixels <= 26; ++pixels) {
          Case c = random_case(dice, pointwise_conv(pixels, dice.pick(1, 9), vectors * geometry.lanes - missing));
          if (pixels % 2 == 0) make_addition(dice, c);
          check<uint8_t>(table, dice, c);
        }
  });
}

// Steps by sixteens, with all remainders; pixels around one, two and three tiles of sixteen.
TEST(ConvU8, EveryRemainderOfSteps) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(8);
    for (int steps = 1; steps <= 70; ++steps)
      for (const int pixels : {1, 8, dice.pick(2, 15), 16, 17, dice.pick(18, 31), 32, 33, 40, 49}) {
        Case c = random_case(dice, pointwise_conv(pixels, steps * 4 - dice.pick(0, 3), dice.pick(1, 70)));
        if (pixels % 2 == 0) make_addition(dice, c);
        check<uint8_t>(table, dice, c);
      }
  });
}

// Whole lines of the cache, which AMX multiplies where they lie: rows of all lengths, cut into tiles that overlap.
TEST(ConvU8, WholeLines) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(12);
    for (int width = 8; width <= 52; ++width) {
      ConvProblem p = pointwise_conv(width, 64 * dice.pick(1, 3), dice.pick(1, 100));
      p.shape.groups = dice.one_in(4) ? 2 : 1;
      p.shape.output_channels *= p.shape.groups;
      p.height = dice.pick(1, 5);
      if (dice.one_in(2)) {
        p.shape.kernel_h = p.shape.kernel_w = 3;
        p.height += 2;
        p.stride_h = p.stride_w = dice.pick(1, 2);
        p.dilation_w = dice.pick(1, 2);
        p.pad = {dice.pick(0, 1), dice.pick(0, 1), dice.pick(0, 1), dice.pick(0, 1)};
      }
      Case c = random_case(dice, p);
      check<uint8_t>(table, dice, c, Memory::kInLines);
      make_addition(dice, c);
      check<uint8_t>(table, dice, c, Memory::kInLinesOver);
      c.epilogue = {};
      c.epilogue.output = ConvOutput::kF32;
      check<float>(table, dice, c, Memory::kInLines);
    }
  });
}

// More pixels, or longer ones, than a kernel may keep at a time: several panels, groups.
TEST(ConvU8, LargeTasks) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(9);
    for (const auto& [pixels, channels] : {std::pair{700, 400}, {40, 9000}, {17, 16000}})
      check<uint8_t>(table, dice, random_case(dice, pointwise_conv(pixels, channels, dice.pick(1, 40))));
    ConvProblem groups = pointwise_conv(300, 500, 2 * 80);
    groups.shape.groups = 2;
    check<uint8_t>(table, dice, random_case(dice, groups));
  });
}

// Longer than AMX's workspace holds.
TEST(ConvU8, VeryLongSums) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(10);
    check<uint8_t>(table, dice, random_case(dice, pointwise_conv(16, 20000, 16)));
  });
}

// 255 * -128 and 255 * 127 all along.
TEST(ConvU8, LargestSums) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(11);
    for (const int8_t weight : {int8_t{-128}, int8_t{127}}) {
      Case c = random_case(dice, pointwise_conv(33, 2000, 40));
      std::fill(c.weights.begin(), c.weights.end(), weight);
      std::fill(c.input.begin(), c.input.end(), uint8_t{255});
      c.input_zero = 0;
      std::fill(c.multiplier.begin(), c.multiplier.end(), 1e-6f);
      check<uint8_t>(table, dice, c);
    }
  });
}

// Sums at the ends of what 16 bits hold inside vpmaddubsw, and beyond.
TEST(ConvU8, ExtremeValues) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(5);
    for (const int weight : {127, -128, 64, 65, -64, -65})
      for (const int other : {127, -128, 0, 64, 1})
        for (const int input : {0, 255}) {
          ConvProblem p = random_conv(dice);
          Case c = random_case(dice, p);
          for (size_t i = 0; i < c.weights.size(); ++i) c.weights[i] = static_cast<int8_t>(dice.one_in(2) ? weight : other);
          std::fill(c.input.begin(), c.input.end(), static_cast<uint8_t>(input));
          c.input_zero = 255 - input;
          check<uint8_t>(table, dice, c);
        }
  });
}

// Weights of which only one in so many breaks the pair rule, in one channel.
TEST(ConvU8, FewSaturatingPairs) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(6);
    for (int i = 0; i < 40; ++i) {
      Case c = random_case(dice, pointwise_conv(dice.pick(1, 20), dice.pick(3, 200), dice.pick(1, 40)));
      for (int8_t& weight : c.weights) weight = static_cast<int8_t>(dice.one_in(50) ? dice.pick(-128, 127) : dice.pick(-20, 20));
      std::fill(c.input.begin(), c.input.end(), 255);
      check<uint8_t>(table, dice, c);
    }
  });
}

// Sums of odd numbers times one half: every second one lies between two codes.
TEST(ConvU8, RoundsHalfToEven) {
  for_each_kernel([](const KernelTable& table) {
    Dice dice(7);
    for (int i = 0; i < 10; ++i) {
      Case c = random_case(dice, pointwise_conv(dice.pick(1, 20), 3, dice.pick(1, 70)));
      for (int8_t& weight : c.weights) weight = static_cast<int8_t>(dice.pick(-1, 1));
      for (int32_t& bias : c.bias) bias = dice.pick(-9, 9);
      std::fill(c.multiplier.begin(), c.multiplier.end(), i % 2 ? 0.5f : -0.5f);
      if (i % 3 == 0) {
        make_addition(dice, c);
        c.epilogue.sum = {.a_ratio = 0.5f, .b_ratio = 0.5f};
      }
      check<uint8_t>(table, dice, c);
    }
  });
}

}  // namespace
}  // namespace headrace::kernels::testing
