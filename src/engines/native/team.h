// Threads that run one inference together: each takes its fixed share of every step, and all meet between steps. They spin
// briefly (steps last microseconds), then sleep, so that an idle session costs no CPU.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace headrace::native {

// Where `count` threads wait for each other.
class Barrier {
 public:
  explicit Barrier(int count) : count_(count) {}
  void wait();

 private:
  const int count_;
  std::atomic<int> arrived_{0};
  std::atomic<uint32_t> phase_{0};
};

class Team {
 public:
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  // Calls body(member, members, barrier) on all threads, the caller among them as member 0; false, at once and without a call,
  // when another caller has the team.
  bool try_run(const std::function<void(int, int, Barrier&)>& body);

 private:
  void work(int member);

  std::mutex busy_;
  Barrier barrier_;
  std::vector<std::thread> workers_;
  const std::function<void(int, int, Barrier&)>* body_ = nullptr;
  std::atomic<uint32_t> task_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace headrace::native
