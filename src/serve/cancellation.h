// A flag shared by a front end and the scheduler: the client has gone away, do not compute what nobody will read.
#pragma once

#include <atomic>
#include <memory>

namespace headrace::serve {

class Cancellation {
 public:
  void request() const { flag_->store(true, std::memory_order_relaxed); }
  bool requested() const { return flag_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace headrace::serve
