#include "quant/observers/range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace headrace {
namespace {

// A bell of 4096 bins over [-8, 8] with one far value at each end: the case in which clipping pays.
Histogram bell_with_outliers() {
  Histogram histogram{-8, 16.0 / 4096, std::vector<double>(4096)};
  for (size_t bin = 0; bin < 4096; ++bin)
    histogram.counts[bin] = std::floor(1e5 * std::exp(-0.5 * std::pow(histogram.center(bin) / 0.5, 2)));
  histogram.counts.front() += 1;
  histogram.counts.back() += 1;
  return histogram;
}

TEST(ChooseRange, MinMaxTakesEverything) {
  const Range range = choose_range(bell_with_outliers(), ObserverKind::kMinMax, 0);
  EXPECT_DOUBLE_EQ(range.low, -8);
  EXPECT_DOUBLE_EQ(range.high, 8);
}

TEST(ChooseRange, TheOthersCutOutliersButKeepTheBody) {
  for (const ObserverKind observer : {ObserverKind::kPercentile, ObserverKind::kEntropy, ObserverKind::kMse}) {
    const Range range = choose_range(bell_with_outliers(), observer, 99.99);
    EXPECT_LT(range.high, 4) << to_string(observer);
    EXPECT_GT(range.high, 1) << to_string(observer);
    EXPECT_GT(range.low, -4) << to_string(observer);
    EXPECT_LT(range.low, -1) << to_string(observer);
  }
}

TEST(ChooseRange, PercentileCutsTheShareAskedFor) {
  const Histogram flat{0, 0.001, std::vector<double>(1000, 1.0)};
  EXPECT_NEAR(choose_range(flat, ObserverKind::kPercentile, 99).high, 0.99, 1e-9);
  EXPECT_DOUBLE_EQ(choose_range(flat, ObserverKind::kPercentile, 99).low, 0);
}

TEST(ChooseRange, MseBeatsMinMaxOnSquaredError) {
  // Error of quantising the histogram's own values, computed apart from the observer.
  const Histogram histogram = bell_with_outliers();
  const auto error = [&](const Range& range) {
    const QuantParams p = asymmetric_u8(range);
    double sum = 0;
    for (size_t bin = 0; bin < histogram.counts.size(); ++bin) {
      const double x = histogram.center(bin);
      const double level = std::min(255.0, std::max(0.0, std::nearbyint(x / p.scale) + p.zero_point));
      sum += histogram.counts[bin] * std::pow(x - (level - p.zero_point) * p.scale, 2);
    }
    return sum;
  };
  EXPECT_LT(error(choose_range(histogram, ObserverKind::kMse, 0)),
            0.2 * error(choose_range(histogram, ObserverKind::kMinMax, 0)));
}

TEST(ChooseRange, SymmetricRangesHaveOneCut) {
  for (const ObserverKind observer :
       {ObserverKind::kMinMax, ObserverKind::kPercentile, ObserverKind::kEntropy, ObserverKind::kMse}) {
    const Range range = choose_range(bell_with_outliers(), observer, 99.99, true);
    EXPECT_DOUBLE_EQ(range.low, -range.high) << to_string(observer);
    EXPECT_GT(range.high, 1) << to_string(observer);
    EXPECT_LE(range.high, observer == ObserverKind::kMinMax ? 8 : 4) << to_string(observer);
  }
}

TEST(QuantParams, HoldZeroExactly) {
  const QuantParams p = asymmetric_u8({-0.3, 5.7});
  EXPECT_EQ(p.zero_point, 13);
  EXPECT_FLOAT_EQ(p.scale, 6.0f / 255);
  EXPECT_EQ(asymmetric_u8({0.5, 6}).zero_point, 0);
  EXPECT_EQ(asymmetric_u8({-6, -0.5}).zero_point, 255);
  EXPECT_EQ(symmetric_s8({-2, 1}).zero_point, 0);
  EXPECT_FLOAT_EQ(symmetric_s8({-2, 1}).scale, 2.0f / 127);
}

TEST(QuantParams, SurviveAnAllZeroTensor) {
  EXPECT_EQ(asymmetric_u8({0, 0}).scale, 1);
  EXPECT_EQ(symmetric_s8({0, 0}).scale, 1);
}

}  // namespace
}  // namespace headrace
