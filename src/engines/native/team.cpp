#include "engines/native/team.h"

namespace headrace::native {

namespace {

// About 50 microseconds: longer than a step's imbalance, shorter than what a user would notice as a busy CPU.
constexpr int kSpins = 1500;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Until `value` is no longer `old`.
void await(const std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

void Barrier::wait() {
  const uint32_t phase = phase_.load(std::memory_order_acquire);
  if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
    arrived_.store(0, std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_release);
    phase_.notify_all();
    return;
  }
  await(phase_, phase);
}

Team::Team(int threads) : barrier_(threads) {
  for (int member = 1; member < threads; ++member) workers_.emplace_back([this, member] { work(member); });
}

Team::~Team() {
  stop_.store(true, std::memory_order_relaxed);
  task_.fetch_add(1, std::memory_order_release);
  task_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool Team::try_run(const std::function<void(int, int, Barrier&)>& body) {
  const std::unique_lock lock(busy_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  body_ = &body;
  task_.fetch_add(1, std::memory_order_release);
  task_.notify_all();
  body(0, threads(), barrier_);
  barrier_.wait();  // nobody holds `body` any more
  return true;
}

void Team::work(int member) {
  for (uint32_t seen = 0;;) {
    await(task_, seen);
    ++seen;
    if (stop_.load(std::memory_order_relaxed)) return;
    (*body_)(member, threads(), barrier_);
    barrier_.wait();
  }
}

}  // namespace headrace::native
