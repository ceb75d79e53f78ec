#include "quant/algorithms/pair_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quant/algorithms/quantize_weights.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;
using testing::Random;

constexpr PairRule kEven{true, false};
constexpr PairRule kAdjacent{true, true};

// What vpmaddubsw does to a pair of products, against the truth: the definition that the rule stands for.
bool can_saturate(int a, int b) {
  for (const int x : {0, 255})
    for (const int y : {0, 255})
      if (const int sum = x * a + y * b; sum > 32767 || sum < -32768) return true;
  return false;
}

TEST(PairRule, IsExactlyTheConditionUnderWhichVpmaddubswClips) {
  for (int a = -127; a <= 127; ++a)
    for (int b = -127; b <= 127; ++b) {
      const std::vector<int8_t> row{static_cast<int8_t>(a), static_cast<int8_t>(b)};
      ASSERT_EQ(saturation_proof(kEven, row), !can_saturate(a, b)) << a << ", " << b;
    }
}

TEST(PairRule, AdjacentSeesPairsAcrossTheEvenOnes) {
  const std::vector<int8_t> row{1, 100, 100, 1};
  EXPECT_TRUE(saturation_proof(kEven, row));
  EXPECT_FALSE(saturation_proof(kAdjacent, row));
}

TEST(RepairPairs, EndsInsideTheLimitNearTheWeights) {
  Random random(11);
  for (int round = 0; round < 50; ++round) {
    const Tensor weights = random.uniform({33}, -1, 1);
    const auto row = weights.as<float>();
    std::vector<int8_t> levels(row.size());
    for (size_t k = 0; k < row.size(); ++k) levels[k] = static_cast<int8_t>(std::nearbyint(row[k] * 127));
    const std::vector<int8_t> before = levels;
    repair_pairs(kAdjacent, row, 1.0 / 127, levels);
    EXPECT_TRUE(saturation_proof(kAdjacent, levels));
    for (size_t k = 0; k < levels.size(); ++k) EXPECT_LE(std::abs(levels[k]), std::abs(before[k]));
  }
}

class QuantizeWeightsOf : public ::testing::TestWithParam<std::tuple<Dims, bool>> {};

TEST_P(QuantizeWeightsOf, KeepsEveryPairWithinTheLimit) {
  const auto& [dims, per_channel] = GetParam();
  ModelBuilder b;
  Random random(2);
  const bool conv = dims.size() == 4;
  Value* x = b.input("x", conv ? Dims{1, dims[1], 9, 9} : Dims{1, dims[1]});
  std::map<std::string, Attribute> attributes;
  if (!conv) attributes["transB"] = int64_t{1};
  Value* y = b.node(conv ? "Conv" : "Gemm", {x, b.constant("w", random.uniform(dims, 0.2f, 1))},
                    attributes);  // one sign: every pair offends
  Model model = b.finish({y});
  const auto layer = as_weighted_layer(y->producer());
  const LayerPlan plan = quantize_weights(*layer, 0.1f, {per_channel, true});
  EXPECT_EQ(plan.scales.size(), per_channel ? static_cast<size_t>(dims[0]) : 1u);
  const PairRule rule = PairRule::of(*layer, plan.form);
  for (int64_t r = 0; r < plan.form.rows; ++r)
    EXPECT_TRUE(saturation_proof(
        rule,
        std::span(plan.weights).subspan(static_cast<size_t>(r * plan.form.columns), static_cast<size_t>(plan.form.columns))));
  EXPECT_GT(weight_sqnr_db(plan), 25);
  EXPECT_GT(weight_sqnr_db(quantize_weights(*layer, 0.1f, {per_channel, false})), weight_sqnr_db(plan));  // the price
}

INSTANTIATE_TEST_SUITE_P(Shapes, QuantizeWeightsOf,
                         ::testing::Combine(::testing::Values(Dims{8, 16, 1, 1}, Dims{8, 3, 3, 3}, Dims{4, 5, 3, 1},
                                                              Dims{10, 31}),
                                            ::testing::Bool()));

TEST(QuantizeWeights, LeavesDepthwiseAlone) {
  ModelBuilder b;
  Value* y =
      b.node("Conv", {b.input("x", {1, 4, 9, 9}), b.constant("w", Tensor::from(Dims{4, 1, 1, 2}, std::vector<float>(8, 1.0f)))},
             {{"group", int64_t{4}}});
  Model model = b.finish({y});
  const LayerPlan plan = quantize_weights(*as_weighted_layer(y->producer()), 0.1f, {true, true});
  EXPECT_THAT(plan.weights, ::testing::Each(127));
}

TEST(QuantizeWeights, ProtectsDepthwiseWithAMultiplier) {  // engines compute those with the ordinary kernels
  ModelBuilder b;
  Value* y =
      b.node("Conv", {b.input("x", {1, 2, 9, 9}), b.constant("w", Tensor::from(Dims{4, 1, 1, 2}, std::vector<float>(8, 1.0f)))},
             {{"group", int64_t{2}}});
  Model model = b.finish({y});
  const LayerPlan plan = quantize_weights(*as_weighted_layer(y->producer()), 0.1f, {true, true});
  EXPECT_THAT(plan.weights, ::testing::Each(64));
}

TEST(QuantizeWeights, GivesTheBiasRoom) {  // a dead channel with a bias: its int32 form must not overflow
  ModelBuilder b;
  Value* w = b.constant("w", Tensor::from(Dims{1, 2, 1, 1}, std::vector<float>{0, 0}));
  Value* y = b.node("Conv", {b.input("x", {1, 2, 4, 4}), w, b.constant("b", Tensor::from(Dims{1}, std::vector<float>{3}))});
  Model model = b.finish({y});
  const LayerPlan plan = quantize_weights(*as_weighted_layer(y->producer()), 0.01f, {true, true});
  EXPECT_LT(3 / (static_cast<double>(plan.scales[0]) * 0.01), 2147483647.0);
}

}  // namespace
}  // namespace headrace
