#include "measure/layer_noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/test_support.h"

namespace headrace {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A tensor [1, 4, 8, 8] and the same with `gains` per channel and noise of this standard deviation.
double measured(std::vector<float> gains, float stddev, bool may_have_gains) {
  testing::Random random(3);
  LayerNoise noise(may_have_gains);
  for (int sample = 0; sample < 4; ++sample) {
    const Tensor a = random.normal({1, 4, 8, 8});
    const Tensor e = random.normal({1, 4, 8, 8}, stddev);
    Tensor b = a.clone();
    const auto values = b.as_mutable<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = (values[i] + e.as<float>()[i]) * gains[i / 64];
    noise.add(a.dims(), a.as<float>(), b.as<float>());
  }
  return noise.db();
}

TEST(LayerNoise, IsTheSqnrWithoutGains) {
  EXPECT_NEAR(measured({1, 1, 1, 1}, 0.1f, true), 20, 0.5);
  EXPECT_DOUBLE_EQ(measured({1, 1, 1, 1}, 0.1f, true), measured({1, 1, 1, 1}, 0.1f, false));
  EXPECT_EQ(measured({1, 1, 1, 1}, 0, true), kInfinity);
}

TEST(LayerNoise, DoesNotCountGainsAsNoise) {
  EXPECT_NEAR(measured({3, 1, 0.25f, 8}, 0.1f, true), 20, 0.5);
  EXPECT_LT(measured({3, 1, 0.25f, 8}, 0.1f, false), 0);
}

TEST(LayerNoise, SeesNanAndDeadChannels) {
  EXPECT_EQ(measured({std::nanf(""), 1, 1, 1}, 0.1f, true), -kInfinity);
  EXPECT_NEAR(measured({0, 1, 1, 1}, 0, true), 10 * std::log10(4), 0.3);  // a quarter of the signal is gone
}

TEST(LayerNoise, TakesTheLastAxisOfASequenceForChannels) {
  LayerNoise noise(true);
  const std::vector<float> a{1, 2, 3, 4, 5, 6}, b{2, 6, 6, 12, 10, 18};  // [1, 3, 2], gains 2 and 3
  noise.add({1, 3, 2}, a, b);
  EXPECT_GT(noise.db(), 100);
}

}  // namespace
}  // namespace headrace
