#include "deploy/predict.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace {
namespace {

TEST(TopCandidates, SoftmaxOfLogits) {
  const std::vector<float> logits{1, 3, 2};
  const std::vector<std::string> labels{"a", "b", "c"};
  const auto top = top_candidates(logits, 2, labels);
  ASSERT_EQ(top.size(), 2u);
  EXPECT_EQ(top[0].label, "b");
  EXPECT_EQ(top[1].index, 2);
  const double sum = std::exp(-2) + 1 + std::exp(-1);
  EXPECT_NEAR(top[0].probability, 1 / sum, 1e-12);
}

TEST(TopCandidates, ProbabilitiesAreKept) {
  const std::vector<float> scores{0.25f, 0.5f, 0.25f};
  const auto top = top_candidates(scores, 5, {});
  ASSERT_EQ(top.size(), 3u);
  EXPECT_EQ(top[0].probability, 0.5);
  EXPECT_EQ(top[1].index, 0);  // the first of equals
  EXPECT_EQ(top[1].label, "");
}

TEST(TopCandidates, LargeLogitsDoNotOverflow) {
  const auto top = top_candidates(std::vector<float>{1000, 999}, 1, {});
  EXPECT_NEAR(top[0].probability, 1 / (1 + std::exp(-1)), 1e-9);
}

}  // namespace
}  // namespace headrace
