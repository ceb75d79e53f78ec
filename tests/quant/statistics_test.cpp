#include "quant/observers/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/test_support.h"

namespace headrace {
namespace {

using testing::Random;

TensorStatistics observe_all(const std::vector<Tensor>& tensors, int axis = 1) {
  TensorStatistics statistics(axis, static_cast<int64_t>(tensors.size()));
  for (const Tensor& tensor : tensors) {
    const Status status = statistics.observe(tensor);
    EXPECT_TRUE(status.ok());
  }
  return statistics;
}

TEST(ChannelView, SplitsDimsAtTheAxis) {
  const ChannelView view = channel_view({2, 3, 4, 5}, 1);
  EXPECT_EQ(view.outer, 2);
  EXPECT_EQ(view.channels, 3);
  EXPECT_EQ(view.inner, 20);
  EXPECT_EQ(channel_view({2, 7, 3}, -1).channels, 3);
}

TEST(TensorStatistics, KnowsExtremesAndTheMeanOfEachChannel) {
  const auto statistics = observe_all({Tensor::from(Dims{1, 2, 1, 3}, std::vector<float>{-1, 0, 4, 10, 20, 30}),
                                       Tensor::from(Dims{1, 2, 1, 3}, std::vector<float>{-3, 0, 0, 0, 0, 0})});
  EXPECT_EQ(statistics.min(), -3);
  EXPECT_EQ(statistics.max(), 30);
  EXPECT_THAT(statistics.mean(), ::testing::ElementsAre(0, 10));
}

TEST(TensorStatistics, CountsTheSameInAnyOrder) {
  Random random(7);
  std::vector<Tensor> tensors;
  for (int i = 0; i < 6; ++i)
    tensors.push_back(random.normal({1, 4, 9, 9}, std::pow(3.0f, static_cast<float>(i))));  // the range grows
  const auto forward = observe_all(tensors);
  std::reverse(tensors.begin(), tensors.end());
  const auto backward = observe_all(tensors);
  for (size_t c = 0; c < 4; ++c) EXPECT_NEAR(forward.mean()[c], backward.mean()[c], 1e-6);
  EXPECT_EQ(forward.histogram().counts, backward.histogram().counts);
}

TEST(TensorStatistics, HistogramCountsEveryValueWhenThereAreFew) {
  Random random(3);
  const auto statistics = observe_all({random.normal({2, 8, 5, 5}), random.normal({2, 8, 5, 5})});
  EXPECT_NEAR(statistics.histogram().total(), 2 * 2 * 8 * 25, 1e-6);
}

TEST(TensorStatistics, HistogramCoversAllChannels) {
  const auto statistics = observe_all({Tensor::from(Dims{1, 2, 1, 2}, std::vector<float>{0, 1, -2, 8})});
  const Histogram histogram = statistics.histogram();
  EXPECT_DOUBLE_EQ(histogram.low, -2);
  EXPECT_DOUBLE_EQ(histogram.high(), 8);
  EXPECT_NEAR(histogram.total(), 4, 1e-9);
  EXPECT_GT(histogram.counts.front(), 0);
  EXPECT_GT(histogram.counts.back(), 0);
}

TEST(TensorStatistics, MemoryDoesNotGrowWithSamples) {
  Random random(5);
  TensorStatistics statistics(1, 100);
  ASSERT_OK(statistics.observe(random.normal({1, 3, 16, 16})));
  const size_t before = statistics.byte_size();
  for (int i = 0; i < 99; ++i) ASSERT_OK(statistics.observe(random.normal({1, 3, 16, 16}, 100)));
  EXPECT_EQ(statistics.byte_size(), before);
}

TEST(TensorStatistics, RefusesNanInfinityAndChangingChannels) {
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    TensorStatistics statistics(1, 1);
    EXPECT_ERROR(statistics.observe(Tensor::from(Dims{1, 1, 1, 3}, std::vector<float>{0, bad, 1})), "NaN or infinity");
  }
  TensorStatistics statistics(1, 1);
  ASSERT_OK(statistics.observe(Tensor::from(Dims{1, 2}, std::vector<float>{0, 1})));
  EXPECT_ERROR(statistics.observe(Tensor::from(Dims{1, 3}, std::vector<float>{0, 1, 2})), "channels change");
}

}  // namespace
}  // namespace headrace
