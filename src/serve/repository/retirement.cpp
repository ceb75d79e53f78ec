#include "serve/repository/retirement.h"

#include "base/memory.h"

namespace headrace::serve {

Retirement::Retirement(std::chrono::milliseconds patience) : patience_(patience), thread_([this] { work(); }) {}

Retirement::~Retirement() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Retirement::retire(ServedPointer version) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(version));
  }
  changed_.notify_all();
}

void Retirement::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    ServedPointer retired = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    drain(retired);
    retired.reset();  // the model's memory goes here, outside the lock
    return_free_memory();
    lock.lock();
  }
}

void Retirement::drain(const ServedPointer& version) const {
  wait_for_last_request(version);
  version->model->drain(stopping_ ? std::chrono::milliseconds(0) : patience_);
}

// A request may have found the version just before it left the catalogue, and still be on its way into the model. Only when
// nobody else holds the version can it be closed without refusing anyone.
void Retirement::wait_for_last_request(const ServedPointer& version) const {
  constexpr std::chrono::milliseconds kStep{1};
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  while (version.use_count() > 1 && !stopping_ && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(kStep);
}

}  // namespace headrace::serve
