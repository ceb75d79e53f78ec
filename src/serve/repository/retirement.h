// Versions that were taken out of the catalogue: they answer what they have, then go.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "serve/repository/served_version.h"

namespace headrace::serve {

class Retirement {
 public:
  explicit Retirement(std::chrono::milliseconds patience);
  ~Retirement();  // ends those that are left, without patience: the front ends, which alone could pass answers on, are gone
  Retirement(const Retirement&) = delete;
  Retirement& operator=(const Retirement&) = delete;

  // `version` must not be in the published catalogue any more. Returns at once.
  void retire(ServedPointer version);

 private:
  void work();
  void drain(const ServedPointer& version) const;
  void wait_for_last_request(const ServedPointer& version) const;

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ServedPointer> waiting_;
  std::atomic<bool> stopping_{false};  // written under mutex_
  std::thread thread_;
};

}  // namespace headrace::serve
