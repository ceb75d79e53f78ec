// Where models are loaded and unloaded: it takes seconds, and gRPC's own threads must not wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/error.h"

namespace headrace::serve {

// One thread, one job after the other. Destroying it drops the jobs that have not begun and waits for the one that has.
class ControlThread {
 public:
  static constexpr size_t kMaxWaiting = 16;

  // Errors: overloaded (kMaxWaiting jobs wait already).
  Status submit(std::function<void()> job);

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> jobs_;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};  // last: it uses the others
};

}  // namespace headrace::serve
