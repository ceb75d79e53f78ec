#include "serve/model/cpu_budget.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>

namespace headrace::serve {
namespace {

using Clock = std::chrono::steady_clock;

// "Lately": what a model computed counts half after this time.
constexpr std::chrono::duration<double> kHalfLife{1.0};
constexpr double kWeight = 0.2;  // of the newest batch in what a batch is expected to take

class FairBudget final : public CpuBudget {
 public:
  explicit FairBudget(int cpus) : cpus_(std::max(cpus, 1)), free_(cpus_) {}

  Client add_client() override {
    const std::lock_guard lock(mutex_);
    usages_[++last_client_];
    return last_client_;
  }

  void remove_client(Client client) override {
    const std::lock_guard lock(mutex_);
    usages_.erase(client);
  }

  void acquire(Client client, int threads) override {
    threads = bounded(threads);
    std::unique_lock lock(mutex_);
    if (waiters_.empty() && threads <= free_) return take(client, threads);
    Waiter self{client, threads};
    waiters_.push_back(&self);
    self.woken.wait(lock, [&] { return self.granted; });
  }

  bool try_acquire(Client client, int threads) override {
    threads = bounded(threads);
    const std::lock_guard lock(mutex_);
    if (!waiters_.empty() || threads > free_) return false;
    take(client, threads);
    return true;
  }

  int cpus() const override { return cpus_; }
  int in_use() const override {
    const std::lock_guard lock(mutex_);
    return cpus_ - free_;
  }

  void release(Client client, int threads, int64_t used_ns) override {
    threads = bounded(threads);
    const std::lock_guard lock(mutex_);
    free_ = std::min(free_ + threads, cpus_);
    settle(client, threads, static_cast<double>(std::max<int64_t>(used_ns, 0)));
    grant();
  }

 private:
  struct Usage {
    double cpu_ns = 0;       // lately, held threads included at what they will probably take
    double expected_ns = 0;  // what a batch takes, on each of its threads
  };
  struct Waiter {
    Client client;
    int threads;
    bool granted = false;
    std::condition_variable woken{};
  };

  int bounded(int threads) const { return std::clamp(threads, 1, cpus_); }

  // Charged in advance: a model with many instances would otherwise take every thread before its first batch is counted.
  void take(Client client, int threads) {
    free_ -= threads;
    if (const auto usage = usages_.find(client); usage != usages_.end())
      usage->second.cpu_ns += usage->second.expected_ns * threads;
  }

  void settle(Client client, int threads, double used_ns) {
    fade();
    const auto found = usages_.find(client);
    if (found == usages_.end()) return;
    Usage& usage = found->second;
    usage.cpu_ns = std::max(usage.cpu_ns + (used_ns - usage.expected_ns) * threads, 0.0);
    if (used_ns > 0) usage.expected_ns += kWeight * (used_ns - usage.expected_ns);
  }

  void fade() {
    const Clock::time_point now = Clock::now();
    const double factor = std::exp2(-(now - faded_) / kHalfLife);
    faded_ = now;
    for (auto& [client, usage] : usages_) usage.cpu_ns *= factor;
  }

  double used_by(Client client) const {
    const auto usage = usages_.find(client);
    return usage == usages_.end() ? 0 : usage->second.cpu_ns;
  }

  // Whoever's turn it is keeps it until there is enough for him: one that asks for many threads is not passed over for ever.
  void grant() {
    while (!waiters_.empty()) {
      const auto next = std::ranges::min_element(waiters_, {}, [&](const Waiter* waiter) { return used_by(waiter->client); });
      Waiter& waiter = **next;
      if (waiter.threads > free_) return;
      take(waiter.client, waiter.threads);
      waiters_.erase(next);
      waiter.granted = true;
      waiter.woken.notify_one();  // under the lock: the waiter, which lives on its thread's stack, cannot be gone yet
    }
  }

  const int cpus_;
  mutable std::mutex mutex_;
  int free_;
  std::map<Client, Usage> usages_;
  std::list<Waiter*> waiters_;  // in the order they came
  Client last_client_ = 0;
  Clock::time_point faded_ = Clock::now();
};

}  // namespace

std::shared_ptr<CpuBudget> CpuBudget::create(int cpus) { return std::make_shared<FairBudget>(cpus); }

}  // namespace headrace::serve
