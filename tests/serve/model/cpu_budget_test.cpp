#include "serve/model/cpu_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "fake_session.h"

namespace headrace::serve {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

// Starts waiting for the budget, and appends its name when it got its turn.
class Turns {
 public:
  explicit Turns(CpuBudget& budget) : budget_(budget) {}
  ~Turns() {
    for (std::thread& thread : threads_) thread.join();
  }
  void wait_as(const std::string& name, CpuBudget::Client client, int threads = 1) {
    std::atomic<bool> begun = false;
    threads_.emplace_back([&, name, client, threads] {
      begun = true;
      budget_.acquire(client, threads);
      {
        const std::lock_guard lock(mutex_);
        order_ += name;
      }
      budget_.release(client, threads, 0);
    });
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
    std::this_thread::sleep_for(
        std::chrono::milliseconds(20));  // so that it waits; were it later, the order below would hold too
  }
  std::string order() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return order_;
  }

 private:
  CpuBudget& budget_;
  std::mutex mutex_;
  std::string order_;
  std::vector<std::thread> threads_;
};

TEST(CpuBudget, GivesNoMoreThanThereIs) {
  const auto budget = CpuBudget::create(2);
  const auto client = budget->add_client();
  budget->acquire(client, 1);
  EXPECT_FALSE(budget->try_acquire(client, 2));
  EXPECT_TRUE(budget->try_acquire(client, 1));
  EXPECT_FALSE(budget->try_acquire(client, 1));
  budget->release(client, 1, 0);
  EXPECT_TRUE(budget->try_acquire(client, 1));
}

TEST(CpuBudget, WhoAsksForMoreThanThereIsGetsAll) {
  const auto budget = CpuBudget::create(2);
  const auto client = budget->add_client();
  budget->acquire(client, 16);
  EXPECT_FALSE(budget->try_acquire(client, 1));
  budget->release(client, 16, kMillisecond);
  EXPECT_TRUE(budget->try_acquire(client, 2));
}

TEST(CpuBudget, TheModelThatComputedLeastGoesFirst) {
  const auto budget = CpuBudget::create(1);
  const auto busy = budget->add_client(), calm = budget->add_client(), holder = budget->add_client();
  budget->acquire(busy, 1);
  budget->release(busy, 1, 3'600'000 * kMillisecond);  // an hour: no sleep in this test lets it fade
  budget->acquire(holder, 1);
  Turns turns(*budget);
  turns.wait_as("b", busy);
  turns.wait_as("c", calm);
  budget->release(holder, 1, 0);
  EXPECT_EQ(turns.order(), "cb");
}

// Workers that find the queue empty when they have a CPU at last say nothing of how long a batch takes.
TEST(CpuBudget, WhatRunsIsChargedInAdvanceWhateverRanNot) {
  constexpr int64_t kHour = 3'600'000 * kMillisecond;
  const auto budget = CpuBudget::create(2);
  const auto running = budget->add_client(), calm = budget->add_client(), holder = budget->add_client();
  budget->acquire(running, 1);
  budget->release(running, 1, 10 * kHour);  // from now on a batch of it is expected to take 2 hours
  budget->acquire(calm, 1);
  budget->release(calm, 1, 11 * kHour);
  for (int i = 0; i < 50; ++i) {
    budget->acquire(running, 1);
    budget->release(running, 1, 0);
  }
  budget->acquire(running, 1);
  budget->acquire(holder, 1);
  Turns turns(*budget);
  turns.wait_as("r", running);
  turns.wait_as("c", calm);
  budget->release(holder, 1, 0);
  EXPECT_EQ(turns.order(), "cr");
}

TEST(CpuBudget, ManyThreadsAreNotPassedOverForEver) {
  const auto budget = CpuBudget::create(2);
  const auto wide = budget->add_client(), narrow = budget->add_client();
  budget->acquire(narrow, 1);
  Turns turns(*budget);
  turns.wait_as("w", wide, 2);
  EXPECT_FALSE(budget->try_acquire(narrow, 1)) << "a thread is free, but it is another's turn";
  budget->release(narrow, 1, kMillisecond);
  EXPECT_EQ(turns.order(), "w");
}

TEST(CpuBudget, AClientMayLeaveWhileItsBatchRuns) {
  const auto budget = CpuBudget::create(1);
  const auto client = budget->add_client(), other = budget->add_client();
  budget->acquire(client, 1);
  budget->remove_client(client);
  budget->release(client, 1, kMillisecond);
  EXPECT_TRUE(budget->try_acquire(other, 1));
}

TEST(CpuBudget, ManyClientsNeitherOverdrawNorStop) {
  constexpr int kCpus = 3;
  const auto budget = CpuBudget::create(kCpus);
  std::atomic<int> running = 0, most = 0, turns = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const auto client = budget->add_client();
      const int wanted = 1 + i % kCpus;
      for (int turn = 0; turn < 500; ++turn) {
        if (turn % 3 != 0 || !budget->try_acquire(client, wanted)) budget->acquire(client, wanted);
        const int now = running += wanted;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
        running -= wanted;
        budget->release(client, wanted, i * 1000);
        ++turns;
      }
      budget->remove_client(client);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(turns, 8 * 500);
  EXPECT_LE(most, kCpus);
}

// Two models with two instances each want all the time; one's batches take ten times as long. Each shall get half the time.
TEST(CpuBudget, ASlowModelDoesNotStarveAnother) {
  const auto budget = CpuBudget::create(1);
  const auto slow = budget->add_client(), quick = budget->add_client();
  std::atomic<int> slow_turns = 0, quick_turns = 0;
  std::atomic<bool> end = false;
  std::vector<std::thread> threads;
  const auto want = [&](CpuBudget::Client client, std::atomic<int>& turns, int64_t used_ns) {
    while (!end) {
      budget->acquire(client, 1);
      std::this_thread::sleep_for(std::chrono::microseconds(200));  // so that the others come to wait
      ++turns;
      budget->release(client, 1, used_ns);
    }
  };
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { want(slow, slow_turns, 10'000 * kMillisecond); });
    threads.emplace_back([&] { want(quick, quick_turns, 1'000 * kMillisecond); });
  }
  EXPECT_TRUE(eventually([&] { return slow_turns + quick_turns > 300; }));
  end = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(quick_turns, 3 * slow_turns);
  EXPECT_GT(slow_turns, 5);
}

}  // namespace
}  // namespace headrace::serve
