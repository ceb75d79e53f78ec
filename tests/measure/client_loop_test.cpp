#include "measure/client_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "measure/fakes.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::FakeSession;

Result<std::vector<Tensor>> nothing(std::span<const Tensor>) { return std::vector<Tensor>{}; }

std::vector<std::unique_ptr<Session>> sessions(int count, const testing::Function& function) {
  std::vector<std::unique_ptr<Session>> all;
  for (int i = 0; i < count; ++i) all.push_back(std::make_unique<FakeSession>(Signature{}, function));
  return all;
}

int runs(const std::unique_ptr<Session>& session) { return static_cast<FakeSession&>(*session).runs; }

TEST(RunWindow, CountsEveryCallButTheWarmUp) {
  const auto one = sessions(1, nothing);
  const auto window = run_window(one, {}, 1, 0.001);
  ASSERT_OK(window);
  EXPECT_GE(window->latencies_ns.size(), 1u);
  EXPECT_EQ(static_cast<int>(window->latencies_ns.size()) + 1, runs(one.front()));
  EXPECT_GT(window->wall_seconds, 0);
}

TEST(RunWindow, CallsAtLeastOncePerClient) {
  const auto one = sessions(1, nothing);
  const auto window = run_window(one, {}, 3, 0);
  ASSERT_OK(window);
  EXPECT_EQ(window->latencies_ns.size(), 3u);
}

TEST(RunWindow, DealsSessionsToClientsRoundRobin) {
  const auto two = sessions(2, nothing);
  ASSERT_OK(run_window(two, {}, 3, 0));
  EXPECT_EQ(runs(two[0]), 4);  // clients 0 and 2, a warm-up and a counted call each
  EXPECT_EQ(runs(two[1]), 2);
}

TEST(RunWindow, RunsASingleClientOnTheCallingThread) {
  std::thread::id seen;
  const auto one = sessions(1, [&](std::span<const Tensor>) {
    seen = std::this_thread::get_id();
    return nothing({});
  });
  ASSERT_OK(run_window(one, {}, 1, 0));
  EXPECT_EQ(seen, std::this_thread::get_id());
}

TEST(RunWindow, ReportsAFailureInsteadOfALatency) {
  std::atomic<int> calls{0};
  const testing::Function fails_later = [&](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
    if (++calls > 10) return unavailable("no memory left");
    return std::vector<Tensor>{};
  };
  EXPECT_ERROR(run_window(sessions(1, fails_later), {}, 4, 60), "no memory left");
  const testing::Function fails_at_once = [](std::span<const Tensor>) -> Result<std::vector<Tensor>> {
    return invalid_data("wrong input");
  };
  EXPECT_ERROR(run_window(sessions(1, fails_at_once), {}, 4, 60), "wrong input");
}

TEST(RunWindow, NeedsSessionsAndClients) {
  EXPECT_ERROR(run_window({}, {}, 1, 0), "at least one session");
  EXPECT_ERROR(run_window(sessions(1, nothing), {}, 0, 0), "one client");
}

}  // namespace
}  // namespace headrace
