// What all calls of one server share.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "deploy/serve_options.h"
#include "serve/access_log.h"
#include "serve/grpc/stream_list.h"
#include "serve/service.h"

namespace headrace::serve {

// Held through shared pointers: an answer of the service may come when its call, and the server, are gone.
struct Front {
  Service& service;
  const Limits limits;
  const Access access;
  const std::shared_ptr<AccessLog> log;  // may be null
  StreamList streams;
  std::atomic<size_t> bytes_in_flight{0};
};

// A request's share of max_body_bytes_in_flight, given back when the last copy goes.
class Admission {
 public:
  // Errors: overloaded.
  static Result<std::shared_ptr<Admission>> of(std::shared_ptr<Front> front, size_t bytes);
  explicit Admission(std::shared_ptr<Front> front) : front_(std::move(front)) {}
  ~Admission() { front_->bytes_in_flight -= bytes_; }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // The request takes so many bytes more. Errors: overloaded; nothing is given back before the end.
  Status add(size_t bytes);

 private:
  std::shared_ptr<Front> front_;
  size_t bytes_ = 0;
};

}  // namespace headrace::serve
