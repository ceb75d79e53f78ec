// The pair rule, checked on the packed weights themselves. That the sums stay the same is conv_u8_test's matter.
#include "kernels/pack_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/kernels_test_support.h"
#include "support/test_support.h"

namespace headrace::kernels::testing {
namespace {

constexpr ConvGeometry kSaturating{.lanes = 8, .max_vectors = 1, .saturating_pairs = true};

PackedConv pack(const ConvShape& shape, const std::vector<int8_t>& weights) {
  const std::vector<int32_t> bias(shape.output_channels);
  const std::vector<float> multiplier(shape.output_channels, 1e-5f);
  return std::move(pack_conv_u8(kSaturating, shape, weights, bias, multiplier)).value();
}

int positive(int a, int b) { return std::max(a, 0) + std::max(b, 0); }

// Whether the pairs of `count` neighbouring steps may be added in int16, whatever the input.
void expect_rule(const ConvPanel& panel, int step, int count) {
  const int bytes = panel.vectors * kSaturating.lanes * 4;
  const auto* weights = reinterpret_cast<const int8_t*>(panel.data) + (2 + step) * bytes;
  for (int i = 0; i < bytes; i += 2) {
    int up = 0, down = 0;
    for (int s = 0; s < count; ++s) {
      up += positive(weights[s * bytes + i], weights[s * bytes + i + 1]);
      down += positive(-weights[s * bytes + i], -weights[s * bytes + i + 1]);
    }
    ASSERT_LE(std::max(up, down), 128) << "step " << step << " of " << panel.steps << ", byte " << i;
  }
}

void expect_rule(const PackedConv& packed) {
  for (const ConvPanel& panel : packed.panels) {
    ASSERT_EQ(panel.paired_steps % 2, 0);
    ASSERT_EQ(panel.tripled_steps % 3, 0);
    ASSERT_LE(panel.tripled_steps + panel.paired_steps, panel.steps);
    const int tripled = panel.tripled_steps, chained = tripled + panel.paired_steps;
    for (int s = 0; s < tripled; s += 3) expect_rule(panel, s, 3);
    for (int s = tripled; s < chained; s += 2) expect_rule(panel, s, 2);
    for (int s = chained; s < panel.steps; ++s) expect_rule(panel, s, 1);
  }
}

TEST(PackPairs, TheRuleHoldsForAnyWeights) {
  Dice dice(31);
  for (int i = 0; i < 50; ++i) {
    const ConvShape shape{.output_channels = dice.pick(1, 40), .kernel_h = dice.pick(1, 3), .group_channels = dice.pick(1, 50)};
    std::vector<int8_t> weights = dice.values<int8_t>(shape.output_channels * shape.kernel_h * shape.group_channels);
    const int divisor = dice.pick(1, 8);
    for (int8_t& weight : weights) weight = static_cast<int8_t>(weight / divisor);
    expect_rule(pack(shape, weights));
  }
}

TEST(PackPairs, TheLargestWeightsStandAlone) {
  const ConvShape shape{.output_channels = 12, .group_channels = 12};
  for (const int8_t weight : {127, -127, -128}) {
    const PackedConv packed = pack(shape, std::vector<int8_t>(144, weight));
    expect_rule(packed);
    ASSERT_EQ(packed.panels.size(), 2u);
    for (const ConvPanel& panel : packed.panels) {
      EXPECT_EQ(panel.steps, 6);  // each of the 3 splits in two
      EXPECT_EQ(panel.paired_steps + panel.tripled_steps, 0);
    }
  }
}

TEST(PackPairs, OneBrokenPairCostsOneStepInOnePanel) {
  const ConvShape shape{.output_channels = 16, .group_channels = 16};
  std::vector<int8_t> weights(16 * 16, 1);
  weights[5 * 16 + 6] = 100, weights[5 * 16 + 7] = 29;
  const PackedConv packed = pack(shape, weights);
  expect_rule(packed);
  ASSERT_EQ(packed.panels.size(), 2u);
  EXPECT_EQ(packed.panels[0].steps, 5);
  EXPECT_EQ(packed.panels[1].steps, 4);
}

// Weights up to 21 fit in threes, whatever their signs; up to 32 in pairs.
TEST(PackPairs, GentleWeightsFormChains) {
  Dice dice(32);
  for (const int largest : {21, 32}) {
    const ConvShape shape{.output_channels = 8, .group_channels = 1000};
    std::vector<int8_t> weights(8000);
    for (int8_t& weight : weights) weight = static_cast<int8_t>(dice.pick(-largest, largest));
    const PackedConv packed = pack(shape, weights);
    expect_rule(packed);
    EXPECT_EQ(packed.panels[0].steps, 250);
    EXPECT_GE(packed.panels[0].tripled_steps + packed.panels[0].paired_steps, 249);
    if (largest == 21) {
      EXPECT_EQ(packed.panels[0].tripled_steps, 249);
    }
  }
}

}  // namespace
}  // namespace headrace::kernels::testing
