#include "load/histogram.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace::load {
namespace {

TEST(Histogram, QuantilesOfAKnownDistribution) {
  Histogram histogram;
  for (int64_t us = 1; us <= 10'000; ++us) histogram.add(us * 1000);
  EXPECT_EQ(histogram.count(), 10'000u);
  const auto expect_near = [&](double q, double us) {
    EXPECT_NEAR(static_cast<double>(histogram.quantile(q)), us * 1000, us * 1000 * 0.005) << q;
  };
  expect_near(0.5, 5000);
  expect_near(0.9, 9000);
  expect_near(0.99, 9900);
  expect_near(0.999, 9990);
  EXPECT_EQ(histogram.quantile(1), 10'000'000);
  EXPECT_EQ(histogram.min(), 1000);
  EXPECT_EQ(histogram.max(), 10'000'000);
  EXPECT_DOUBLE_EQ(histogram.mean(), 5000.5 * 1000);
}

TEST(Histogram, TheErrorIsWithinHalfAPercentAtEveryMagnitude) {
  for (double value = 1; value < 1e12; value *= 1.37) {
    Histogram histogram;
    const auto middle = static_cast<int64_t>(value);
    for (const int64_t sample : {int64_t{0}, middle, middle, middle * 2}) histogram.add(sample);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), static_cast<double>(middle), 0.005 * static_cast<double>(middle));
  }
}

TEST(Histogram, ARareStallShowsInTheTail) {
  Histogram histogram;
  for (int i = 0; i < 998; ++i) histogram.add(1'000'000);
  for (int i = 0; i < 2; ++i) histogram.add(500'000'000);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 1e6, 5e3);
  EXPECT_EQ(histogram.quantile(0.999), 500'000'000);
}

TEST(Histogram, MergingIsAddingBoth) {
  Histogram a, b, both;
  for (int64_t i = 1; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).add(i * i);
    both.add(i * i);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.min(), both.min());
  EXPECT_EQ(a.max(), both.max());
  for (const double q : {0.1, 0.5, 0.9, 0.99}) EXPECT_EQ(a.quantile(q), both.quantile(q));
}

TEST(Histogram, CountsWithinABound) {
  Histogram histogram;
  for (int64_t ms = 1; ms <= 100; ++ms) histogram.add(ms * 1'000'000);
  EXPECT_EQ(histogram.count_within(500'000), 0u);
  EXPECT_EQ(histogram.count_within(50'200'000), 50u);
  EXPECT_EQ(histogram.count_within(100'000'000), 100u);
  EXPECT_EQ(histogram.count_within(-1), 0u);
}

TEST(Histogram, ExtremesAreHeld) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.min(), 0);
  histogram.add(-5);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), INT64_MAX);
  EXPECT_EQ(histogram.quantile(1), INT64_MAX);
}

}  // namespace
}  // namespace headrace::load
