#include "base/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace headrace {
namespace {

// The quota of this process' cgroup (version 2) in CPUs, or a large number when there is none.
double cgroup_cpu_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 1e9;
  return std::strtod(quota.c_str(), nullptr) / period;
}

// What the threads share. The first exception stops the handing out of indices and is kept for the caller.
class Work {
 public:
  Work(size_t count, const std::function<void(size_t)>& body) : count_(count), body_(body) {}

  void run() noexcept {
    try {
      for (size_t i = next_.fetch_add(1); i < count_ && !failed_; i = next_.fetch_add(1)) body_(i);
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  // Once every thread is back.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const size_t count_;
  const std::function<void(size_t)>& body_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
};

// The threads beside the caller's own, `workers` with it; fewer where the system gives no more. Joined at the end.
class Helpers {
 public:
  Helpers(Work& work, size_t workers) {
    try {
      for (size_t i = 1; i < workers; ++i) threads_.emplace_back([&work] { work.run(); });
    } catch (const std::exception&) {  // std::system_error, std::bad_alloc: the caller's own thread is enough
    }
  }
  Helpers(const Helpers&) = delete;
  Helpers& operator=(const Helpers&) = delete;
  ~Helpers() {
    for (auto& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cpus =
      sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(std::thread::hardware_concurrency());
  const double quota = cgroup_cpu_quota();
  if (quota < cpus) cpus = static_cast<int>(std::ceil(quota));
  return std::max(cpus, 1);
}

void parallel_for(size_t count, int threads, const std::function<void(size_t)>& body) {
  const size_t wanted = threads > 0 ? static_cast<size_t>(threads) : static_cast<size_t>(available_cpus());
  Work work(count, body);
  {
    const Helpers helpers(work, std::min(count, wanted));
    work.run();
  }
  work.rethrow();
}

}  // namespace headrace
