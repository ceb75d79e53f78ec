#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <vector>

namespace headrace {
namespace {

TEST(ParallelFor, CallsEveryIndexOnce) {
  std::vector<std::atomic<int>> calls(1000);
  parallel_for(calls.size(), 4, [&](size_t i) { ++calls[i]; });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  parallel_for(0, 4, [](size_t) { FAIL(); });
}

TEST(ParallelFor, ThrowsOnToTheCaller) {
  for (const int threads : {1, 4}) {
    std::atomic<int> calls{0};
    const auto body = [&](size_t i) {
      ++calls;
      if (i == 3) throw std::bad_alloc();
    };
    EXPECT_THROW(parallel_for(10'000'000, threads, body), std::bad_alloc) << threads;
    EXPECT_LT(calls, 10'000'000) << threads;  // the rest was not handed out
  }
}

TEST(ParallelFor, KeepsOneOfManyExceptions) {
  EXPECT_THROW(parallel_for(100, 8, [](size_t) { throw std::runtime_error("each"); }), std::runtime_error);
}

TEST(AvailableCpus, IsAtLeastOne) { EXPECT_GE(available_cpus(), 1); }

}  // namespace
}  // namespace headrace
