#include "serve/model/compute_estimate.h"

#include <gtest/gtest.h>

namespace headrace::serve {
namespace {

const Clock::time_point kNow = Clock::now();

TEST(ComputeEstimate, KnowsNothingAtFirst) {
  const ComputeEstimate estimate;
  EXPECT_EQ(estimate.mean_seconds(1), 0);
  EXPECT_FALSE(estimate.fresh(kNow));
}

TEST(ComputeEstimate, UnknownSizesAreJudgedByTheirNeighbours) {
  ComputeEstimate estimate;
  estimate.record(2, 0.010, kNow);
  EXPECT_DOUBLE_EQ(estimate.mean_seconds(1), 0.010);
  EXPECT_DOUBLE_EQ(estimate.mean_seconds(4), 0.020);
  estimate.record(8, 0.016, kNow);
  EXPECT_DOUBLE_EQ(estimate.mean_seconds(6), 0.016) << "no more than a larger batch takes";
  EXPECT_EQ(estimate.runs(2), 1);
  EXPECT_EQ(estimate.runs(6), 0);
}

TEST(ComputeEstimate, FollowsAndAllowsForScatter) {
  ComputeEstimate estimate;
  for (int i = 0; i < 100; ++i) estimate.record(1, 0.010, kNow);
  EXPECT_NEAR(estimate.high_seconds(1), 0.010, 1e-6);
  for (int i = 0; i < 100; ++i) estimate.record(1, i % 2 == 0 ? 0.020 : 0.030, kNow);
  EXPECT_NEAR(estimate.mean_seconds(1), 0.025, 0.002);
  EXPECT_GT(estimate.high_seconds(1), 0.030);
}

TEST(ComputeEstimate, OneHiccupDoesNotSpoilIt) {
  ComputeEstimate estimate;
  for (int i = 0; i < 10; ++i) estimate.record(1, 0.001, kNow);
  estimate.record(1, 60, kNow);
  EXPECT_LT(estimate.mean_seconds(1), 0.002);
}

TEST(ComputeEstimate, GrowsStale) {
  ComputeEstimate estimate;
  estimate.record(1, 0.001, kNow);
  EXPECT_TRUE(estimate.fresh(kNow + std::chrono::milliseconds(500)));
  EXPECT_FALSE(estimate.fresh(kNow + std::chrono::seconds(2)));
}

}  // namespace
}  // namespace headrace::serve
