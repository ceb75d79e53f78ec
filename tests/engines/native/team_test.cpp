// A team of threads: everyone takes part in every call, and nobody passes a barrier before all have arrived.
#include "engines/native/team.h"

#include <gtest/gtest.h>

namespace headrace::native {
namespace {

TEST(NativeTeam, AllMembersMeetAtEveryBarrier) {
  for (const int threads : {1, 2, 5}) {
    Team team(threads);
    ASSERT_EQ(team.threads(), threads);
    for (int call = 0; call < 50; ++call) {
      std::atomic<int> arrived{0}, early{0};
      const bool ran = team.try_run([&](int, int members, Barrier& barrier) {
        for (int step = 1; step <= 10; ++step) {
          arrived.fetch_add(1);
          barrier.wait();
          if (arrived.load() < step * members) early.fetch_add(1);
        }
      });
      ASSERT_TRUE(ran);
      EXPECT_EQ(arrived.load(), 10 * threads);
      EXPECT_EQ(early.load(), 0);
    }
  }
}

TEST(NativeTeam, EveryMemberHasItsNumber) {
  Team team(4);
  std::vector<std::atomic<int>> calls(4);
  ASSERT_TRUE(team.try_run([&](int member, int members, Barrier&) {
    EXPECT_EQ(members, 4);
    calls[static_cast<size_t>(member)].fetch_add(1);
  }));
  for (const auto& count : calls) EXPECT_EQ(count.load(), 1);
}

TEST(NativeTeam, ASecondCallerIsTurnedAway) {
  Team team(2);
  std::atomic<int> inside{0};
  std::atomic<bool> turned_away{false};
  const auto nothing = [](int, int, Barrier&) {};
  ASSERT_TRUE(team.try_run([&](int member, int, Barrier&) {
    if (member != 0) return;
    std::thread([&] { turned_away = !team.try_run(nothing); }).join();
    inside.fetch_add(1);
  }));
  EXPECT_EQ(inside.load(), 1);
  EXPECT_TRUE(turned_away.load());
  EXPECT_TRUE(team.try_run(nothing));
}

}  // namespace
}  // namespace headrace::native
