#include "serve/grpc/control_thread.h"

#include <string>
#include <utility>

namespace headrace::serve {

Status ControlThread::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMaxWaiting)
      return overloaded(std::to_string(kMaxWaiting) + " loads and unloads are waiting already: try again later");
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return Ok{};
}

void ControlThread::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [&] { return !jobs_.empty(); }) && !stop.stop_requested()) {
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace headrace::serve
