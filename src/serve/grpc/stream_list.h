// The streams that are open: bounded in number, and told when the server drains, since a stream would stay open for as long as
// its client likes.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>

#include "base/error.h"

namespace headrace::serve {

class StreamCall;

class StreamList {
 public:
  // Errors: overloaded (`limit` are open), unavailable (the server is draining).
  Status add(const std::shared_ptr<StreamCall>& stream, size_t limit);
  void remove(const std::shared_ptr<StreamCall>& stream);
  void drain();

 private:
  std::mutex mutex_;
  std::set<std::shared_ptr<StreamCall>> open_;
  bool draining_ = false;
};

}  // namespace headrace::serve
