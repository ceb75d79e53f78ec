#include "load/stability.h"

#include <gtest/gtest.h>

namespace headrace::load {
namespace {

std::vector<Window> windows_of(const std::vector<std::pair<double, double>>& figures) {
  std::vector<Window> windows;
  for (const auto& [rate, median] : figures) {
    Window window;
    window.requests_per_s = rate;
    window.median_ms = median;
    windows.push_back(window);
  }
  return windows;
}

TEST(Stability, ThreeAlikeWindowsAreStable) {
  EXPECT_TRUE(is_stable(windows_of({{100, 10}, {104, 9.8}, {97, 10.3}})));
  EXPECT_TRUE(is_stable(windows_of({{10, 90}, {100, 10}, {104, 9.8}, {97, 10.3}})));  // what was before does not count
}

TEST(Stability, TwoAreNotEnough) {
  EXPECT_FALSE(is_stable(windows_of({})));
  EXPECT_FALSE(is_stable(windows_of({{100, 10}, {100, 10}})));
}

TEST(Stability, ThroughputAndLatencyBothCount) {
  EXPECT_FALSE(is_stable(windows_of({{100, 10}, {100, 10}, {130, 10}})));
  EXPECT_FALSE(is_stable(windows_of({{100, 10}, {100, 10}, {100, 14}})));
}

TEST(Stability, TenPercentOfTheMeanIsTheBound) {
  EXPECT_TRUE(is_stable(windows_of({{109.9, 1}, {100, 1}, {90.1, 1}})));
  EXPECT_FALSE(is_stable(windows_of({{110.2, 1}, {100, 1}, {89.8, 1}})));
}

TEST(Stability, WithoutAnswersNothingIsStable) { EXPECT_FALSE(is_stable(windows_of({{0, 0}, {0, 0}, {0, 0}}))); }

TEST(Stability, MeasuringEndsWhenStableOrOutOfTime) {
  const Duration duration{0, 5, 10};
  const auto steady = windows_of({{100, 10}, {100, 10}, {100, 10}});
  const auto unsteady = windows_of({{100, 10}, {200, 10}, {100, 10}});
  EXPECT_FALSE(is_enough(steady, 3, duration));  // the least time is not over
  EXPECT_TRUE(is_enough(steady, 5, duration));
  EXPECT_FALSE(is_enough(unsteady, 5, duration));
  EXPECT_TRUE(is_enough(unsteady, 10, duration));
}

TEST(Stability, AShortRunHasThreeWindowsToo) {
  EXPECT_DOUBLE_EQ(window_seconds({0, 0.3, 1}), 0.1);
  EXPECT_DOUBLE_EQ(window_seconds({0, 30, 60}), 1);
}

}  // namespace
}  // namespace headrace::load
