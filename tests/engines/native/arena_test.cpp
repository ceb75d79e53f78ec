// Memory: tensors alive at the same time never share a byte, and others do.
#include "engines/native/arena.h"

#include <gtest/gtest.h>

#include <random>

namespace headrace::native {
namespace {

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }
bool overlap(const Lifetime& a, const Lifetime& b) { return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes; }

TEST(NativeArena, TensorsAliveTogetherLieApart) {
  std::mt19937 random(3);
  const auto below = [&](uint32_t limit) { return static_cast<int>(random() % limit); };
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> lifetimes(static_cast<size_t>(1 + below(30)));
    for (Lifetime& life : lifetimes) {
      life.bytes = static_cast<size_t>(1 + below(5000)), life.first = below(20), life.last = life.first + below(6);
      if (below(10) == 0) life.last = life.first - 1;  // never used
    }
    const size_t bytes = place_lifetimes(lifetimes);
    for (size_t i = 0; i < lifetimes.size(); ++i) {
      const Lifetime& a = lifetimes[i];
      if (a.last < a.first) continue;
      EXPECT_EQ(a.offset % 64, 0u);
      EXPECT_LE(a.offset + a.bytes, bytes);
      for (size_t k = 0; k < i; ++k)
        if (lifetimes[k].last >= lifetimes[k].first && meet(a, lifetimes[k]))
          EXPECT_FALSE(overlap(a, lifetimes[k])) << i << ", " << k;
    }
  }
}

TEST(NativeArena, AChainTakesTheMemoryOfItsLargestPair) {
  std::vector<Lifetime> chain{{64, 0, 1}, {640, 1, 2}, {128, 2, 3}, {640, 3, 4}, {64, 4, 5}};
  EXPECT_EQ(place_lifetimes(chain), 640u + 128u);
}

}  // namespace
}  // namespace headrace::native
