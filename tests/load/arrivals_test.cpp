#include "load/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace headrace::load {
namespace {

std::vector<double> gaps_of(Arrivals arrivals, int count) {
  std::vector<double> gaps;
  double before = 0;
  for (int i = 0; i < count; ++i) {
    const auto now = static_cast<double>(arrivals.next().count());
    gaps.push_back(now - before);
    before = now;
  }
  return gaps;
}

TEST(Arrivals, UniformOnesHaveEqualGaps) {
  for (const double gap : gaps_of({ArrivalKind::kUniform, 250, 1}, 100)) EXPECT_EQ(gap, 4e6);
}

TEST(Arrivals, PoissonGapsAreExponential) {
  const std::vector<double> gaps = gaps_of({ArrivalKind::kPoisson, 1000, 7}, 20'000);
  double sum = 0, squares = 0, beyond = 0;
  for (const double gap : gaps) {
    EXPECT_GE(gap, 0);
    sum += gap;
    squares += gap * gap;
    beyond += gap > 2e6;
  }
  const auto count = static_cast<double>(gaps.size());
  const double mean = sum / count;
  EXPECT_NEAR(mean, 1e6, 0.03e6);
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean), 1e6, 0.05e6);  // as large as the mean
  EXPECT_NEAR(beyond / count, std::exp(-2.0), 0.01);
}

TEST(Arrivals, ASeedGivesTheSameScheduleAgain) {
  EXPECT_EQ(gaps_of({ArrivalKind::kPoisson, 100, 3}, 50), gaps_of({ArrivalKind::kPoisson, 100, 3}, 50));
  EXPECT_NE(gaps_of({ArrivalKind::kPoisson, 100, 3}, 50), gaps_of({ArrivalKind::kPoisson, 100, 4}, 50));
}

}  // namespace
}  // namespace headrace::load
