#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const std::vector<double> sorted{1, 2, 3, 4};
  // numpy.quantile([1, 2, 3, 4], q) with its default method, which is type 7.
  EXPECT_DOUBLE_EQ(quantile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.9), 3.7);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 4);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{7}, 0.99), 7);
  EXPECT_DOUBLE_EQ(quantile({}, 0.5), 0);
}

TEST(Summarize, GivesKnownFigures) {
  const LatencySummary summary = summarize({5, 1, 3, 2, 4});
  EXPECT_EQ(summary.count, 5u);
  EXPECT_DOUBLE_EQ(summary.median, 3);
  EXPECT_DOUBLE_EQ(summary.p90, 4.6);
  EXPECT_DOUBLE_EQ(summary.p99, 4.96);
  EXPECT_DOUBLE_EQ(summary.min, 1);
  EXPECT_DOUBLE_EQ(summary.max, 5);
  EXPECT_DOUBLE_EQ(summary.mean, 3);
  EXPECT_DOUBLE_EQ(summary.stddev, std::sqrt(2.5));
}

TEST(Summarize, GivesZerosForNothingAndNoSpreadForOne) {
  EXPECT_EQ(summarize({}).count, 0u);
  EXPECT_EQ(summarize({}).median, 0);
  EXPECT_EQ(summarize({2}).stddev, 0);
}

TEST(Sqnr, IsTheRatioOfEnergiesInDecibels) {
  Sqnr sqnr;
  sqnr.add(std::vector<float>{3, 4}, std::vector<float>{3, 4.5f});
  EXPECT_NEAR(sqnr.db(), 20, 1e-12);  // 25 / 0.25
  sqnr.add(std::vector<float>{5}, std::vector<float>{5});
  EXPECT_NEAR(sqnr.db(), 10 * std::log10(200), 1e-12);
}

TEST(Sqnr, MergesPartialSums) {
  Sqnr whole, first, second;
  whole.add(std::vector<float>{1, -2}, std::vector<float>{1.5f, -2});
  first.add(std::vector<float>{1}, std::vector<float>{1.5f});
  second.add(std::vector<float>{-2}, std::vector<float>{-2});
  first.merge(second);
  EXPECT_DOUBLE_EQ(first.db(), whole.db());
}

TEST(Sqnr, IsInfiniteForTheSameBits) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  Sqnr same;
  same.add(std::vector<float>{1, infinity, nan}, std::vector<float>{1, infinity, nan});
  EXPECT_EQ(same.db(), std::numeric_limits<double>::infinity());
  Sqnr broken;
  broken.add(std::vector<float>{1, 2}, std::vector<float>{1, nan});
  EXPECT_EQ(broken.db(), -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace headrace
