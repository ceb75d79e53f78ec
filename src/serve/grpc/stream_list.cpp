#include "serve/grpc/stream_list.h"

#include <string>

#include "serve/grpc/stream_call.h"

namespace headrace::serve {

Status StreamList::add(const std::shared_ptr<StreamCall>& stream, size_t limit) {
  const std::lock_guard lock(mutex_);
  if (draining_) return unavailable("the server is shutting down");
  if (open_.size() >= limit) return overloaded(std::to_string(limit) + " streams are open already: try again later");
  open_.insert(stream);
  return Ok{};
}

void StreamList::remove(const std::shared_ptr<StreamCall>& stream) {
  const std::lock_guard lock(mutex_);
  open_.erase(stream);
}

void StreamList::drain() {
  std::set<std::shared_ptr<StreamCall>> streams;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    streams = open_;
  }
  for (const auto& stream : streams) stream->drain();
}

}  // namespace headrace::serve
