#include <gtest/gtest.h>

#include "measure/bench.h"

namespace headrace {
namespace {

BenchResult result(int threads, int sessions, double throughput, double p99) {
  BenchResult one;
  one.point.threads = threads;
  one.point.sessions = sessions;
  one.point.clients = 16;
  one.throughput_per_s = throughput;
  one.latency_ms.p99 = p99;
  one.latency_ms.count = 100;
  return one;
}

TEST(Recommend, TakesTheLargestThroughputAmongTolerableTails) {
  const std::vector<BenchResult> results{result(1, 1, 30, 100), result(1, 2, 50, 150), result(1, 8, 90, 900)};
  EXPECT_EQ(recommend(results), &results[1]);
  EXPECT_EQ(recommend(results, 10), &results[2]);
}

TEST(Recommend, TakesFewestThreadsAmongEqualThroughputs) {
  const std::vector<BenchResult> results{result(2, 2, 100, 100), result(2, 1, 98, 100), result(1, 4, 98.5, 100),
                                         result(1, 1, 90, 100)};
  EXPECT_EQ(recommend(results), &results[1]);
}

TEST(Recommend, PassesOverFailures) {
  std::vector<BenchResult> results{result(1, 1, 100, 10), result(1, 1, 50, 10)};
  results[0].error = "it hangs";
  EXPECT_EQ(recommend(results), &results[1]);
  results[1].error = "it crashed";
  EXPECT_EQ(recommend(results), nullptr);
  EXPECT_EQ(recommend({}), nullptr);
}

}  // namespace
}  // namespace headrace
