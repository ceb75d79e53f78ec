// f32 x f32: near the sum in double, and the same bits however the work is cut.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/conv_problem.h"

namespace headrace::kernels::testing {
namespace {

struct Case {
  ConvProblem problem;
  std::vector<float> input, weights, bias;  // no bias: empty
  ConvEpilogue epilogue{.output = ConvOutput::kF32};
  bool addition = false;
};

Case random_case(Dice& dice, const ConvProblem& p) {
  Case c;
  c.problem = p;
  c.input = dice.values<float>(static_cast<size_t>(p.height) * p.width * p.input_channels());
  c.weights = dice.values<float>(p.weight_count());
  if (!dice.one_in(3)) c.bias = dice.values<float>(p.shape.output_channels);
  if (dice.one_in(2)) c.epilogue.minimum_f32 = 0;
  if (dice.one_in(3)) c.epilogue.maximum_f32 = 0.5f;
  c.addition = dice.one_in(2);
  return c;
}

// Compares with the sum in double; `magnitude` of all its terms bounds what rounding may do.
void expect_near_sum(const Case& c, Picture<float>& got, const Picture<float>& addend) {
  const ConvProblem& p = c.problem;
  const auto x = [&](int h, int w, int i) { return c.input[(static_cast<size_t>(h) * p.width + w) * p.input_channels() + i]; };
  std::vector<float> sizes = c.weights;
  for (float& w : sizes) w = std::fabs(w);
  each_output(p, [&](int h, int w, int i) {
    double sum = direct_sum<double>(p, c.weights, h, w, i, x);
    double magnitude = direct_sum<double>(p, sizes, h, w, i, [&](int a, int b, int k) { return std::fabs(x(a, b, k)); });
    if (!c.bias.empty()) sum += c.bias[i], magnitude += std::fabs(c.bias[i]);
    if (c.addition) sum += addend.get(h, w, i), magnitude += std::fabs(addend.get(h, w, i));
    const double want = std::min<double>(std::max<double>(sum, c.epilogue.minimum_f32), c.epilogue.maximum_f32);
    ASSERT_NEAR(got.get(h, w, i), want, 1e-6 * magnitude + 1e-9) << "row " << h << ", column " << w << ", channel " << i;
  });
}

void check(const KernelTable& table, Dice& dice, const Case& c) {
  const ConvProblem& p = c.problem;
  SCOPED_TRACE(::testing::Message() << p);
  const PackedConv packed = pack_conv_f32(table.conv_f32_geometry, p.shape, c.weights, c.bias);
  Picture<float> input(dice, p.height, p.width, p.input_channels(), p.pad);
  input.fill(c.input, 0);
  Picture<float> output(dice, p.output_height(), p.output_width(), p.shape.output_channels), again = output, addend = output;
  each_output(p, [&](int h, int w, int i) { addend.set(h, w, i, dice.value<float>()); });
  const auto run = [&](Picture<float>& out, int rows_each) {
    run_conv(table.conv_f32, table.conv_f32_geometry.workspace_bytes, p, packed, c.epilogue, input, out,
             c.addition ? &addend : nullptr, rows_each);
  };
  run(output, dice.pick(1, 3));
  expect_near_sum(c, output, addend);
  run(again, p.output_height());
  EXPECT_TRUE(output.same_bytes(again)) << "the result depends on how the rows are cut";
  Picture<float> rest = again;
  each_output(p, [&](int h, int w, int i) { rest.set(h, w, i, 0), again.set(h, w, i, 0), output.set(h, w, i, 0); });
  EXPECT_TRUE(output.same_bytes(rest));
}

TEST(ConvF32, AnyProblem) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(11);
    for (int i = 0; i < 100; ++i) check(table, dice, random_case(dice, random_conv(dice)));
  });
}

TEST(ConvF32, EveryPanelWidthAndTileRemainder) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(12);
    const ConvGeometry& geometry = table.conv_f32_geometry;
    for (int vectors = 1; vectors <= geometry.max_vectors; ++vectors)
      for (int missing = 0; missing < geometry.lanes; missing += dice.pick(1, 5))
        for (int pixels = 1; pixels <= 29; ++pixels)
          check(table, dice, random_case(dice, pointwise_conv(pixels, dice.pick(1, 9), vectors * geometry.lanes - missing)));
  });
}

TEST(ConvF32, NothingIsWrittenBeside) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(13);
    const ConvProblem p = pointwise_conv(7, 3, 5);
    const Case c = random_case(dice, p);
    const PackedConv packed = pack_conv_f32(table.conv_f32_geometry, p.shape, c.weights, c.bias);
    Picture<float> input(dice, 1, 7, 3), output(dice, 1, 7, 5), untouched = output;
    run_conv(table.conv_f32, table.conv_f32_geometry.workspace_bytes, p, packed, c.epilogue, input, output, nullptr, 1);
    each_output(p, [&](int h, int w, int i) { untouched.set(h, w, i, output.get(h, w, i)); });
    EXPECT_TRUE(output.same_bytes(untouched));
  });
}

// A clamp passes NaN on, as frameworks do: a broken sum must stay visible.
TEST(ConvF32, ClampKeepsNaN) {
  for_each_isa([](const KernelTable& table) {
    Dice dice(14);
    const ConvProblem p = pointwise_conv(3, 2, 5);
    const PackedConv packed = pack_conv_f32(table.conv_f32_geometry, p.shape, std::vector<float>(10, 1.f), {});
    Picture<float> input(dice, 1, 3, 2), output(dice, 1, 3, 5);
    input.fill({1, 2, NAN, 3, 4, 5}, 0);
    run_conv(table.conv_f32, table.conv_f32_geometry.workspace_bytes, p, packed,
             {.output = ConvOutput::kF32, .minimum_f32 = 0, .maximum_f32 = 6}, input, output, nullptr, 1);
    for (int c = 0; c < 5; ++c) {
      EXPECT_EQ(output.get(0, 0, c), 3);
      EXPECT_TRUE(std::isnan(output.get(0, 1, c)));
      EXPECT_EQ(output.get(0, 2, c), 6);
    }
  });
}

}  // namespace
}  // namespace headrace::kernels::testing
