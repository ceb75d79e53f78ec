#include "load/rate_search.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/test_support.h"

namespace headrace::load {
namespace {

// A server that answers all requests in time up to its capacity, and fewer and fewer beyond.
auto server_with_capacity(double capacity) {
  return [capacity](double rate) -> Result<RatePoint> { return RatePoint{rate, std::min(1.0, capacity / rate), false}; };
}

TEST(RateSearch, FindsTheCapacityFromBelow) {
  for (const double capacity : {3.0, 100.0, 7345.0}) {
    const auto found = find_rate({1, 0, 0.05, 40}, server_with_capacity(capacity));
    ASSERT_OK(found);
    const double largest = capacity / 0.99;  // 99 % in time are enough
    EXPECT_LE(found->rate, largest);
    EXPECT_GE(found->rate, 0.95 * capacity);
  }
}

TEST(RateSearch, FindsTheCapacityFromAbove) {
  const auto found = find_rate({5000, 0, 0.05, 40}, server_with_capacity(80));
  ASSERT_OK(found);
  EXPECT_LE(found->rate, 80 / 0.99);
  EXPECT_GE(found->rate, 0.95 * 80);
}

TEST(RateSearch, RisesByDoublesThenBisects) {
  const auto found = find_rate({10, 0, 0.2, 40}, server_with_capacity(50));
  ASSERT_OK(found);
  ASSERT_GE(found->tried.size(), 5u);
  EXPECT_EQ(found->tried[1].rate, 20);
  EXPECT_EQ(found->tried[2].rate, 40);
  EXPECT_EQ(found->tried[3].rate, 80);
  EXPECT_NEAR(found->tried[4].rate, std::sqrt(40.0 * 80.0), 1e-9);
}

TEST(RateSearch, AServerThatNeverHoldsTheBound) {
  const auto found = find_rate({100, 0, 0.05, 6}, server_with_capacity(0));
  ASSERT_OK(found);
  EXPECT_EQ(found->rate, 0);
  EXPECT_EQ(found->tried.size(), 6u);
  EXPECT_THAT(found->note, ::testing::HasSubstr("no rate tried holds"));
}

TEST(RateSearch, AServerWithoutLimitEndsTheSearchAtItsBound) {
  const auto found = find_rate({1, 0, 0.05, 5}, server_with_capacity(1e30));
  ASSERT_OK(found);
  EXPECT_EQ(found->rate, 16);
  EXPECT_THAT(found->note, ::testing::HasSubstr("before it was precise"));
}

TEST(RateSearch, ATesterThatFallsBehindIsNamed) {
  const auto found = find_rate({1, 0, 0.05, 40}, [](double rate) -> Result<RatePoint> {
    return RatePoint{rate, rate > 30 ? 0.5 : 1, rate > 30};
  });
  ASSERT_OK(found);
  EXPECT_LE(found->rate, 30);
  EXPECT_THAT(found->note, ::testing::HasSubstr("limited by the tester"));
}

TEST(RateSearch, ATesterThatIsLateButInTimeIsGoodEnough) {
  const auto found = find_rate({1, 0, 0.05, 40}, [](double rate) -> Result<RatePoint> {
    return RatePoint{rate, rate > 30 ? 0.5 : 1, true};
  });
  ASSERT_OK(found);
  EXPECT_GE(found->rate, 0.95 * 30);
}

TEST(RateSearch, NothingIsTriedBelowTheLowest) {
  const auto found = find_rate({100, 20, 0.05, 40}, server_with_capacity(0));
  ASSERT_OK(found);
  EXPECT_EQ(found->rate, 0);
  EXPECT_EQ(found->tried.size(), 3u);  // 100, 50, 25
}

TEST(RateSearch, AnErrorEndsIt) {
  int calls = 0;
  const auto found = find_rate({}, [&](double) -> Result<RatePoint> { return ++calls, cancelled(); });
  EXPECT_FALSE(found.ok());
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace headrace::load
