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
  Admission(std::shared_ptr<Front> front, size_t bytes) : front_(std::move(front)), bytes_(bytes) {}
  ~Admission() { front_->bytes_in_flight -= bytes_; }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

 private:
  std::shared_ptr<Front> front_;
  size_t bytes_;
};

}  // namespace headrace::serve
