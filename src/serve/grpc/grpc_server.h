// The gRPC front end: inference.GRPCInferenceService, as KServe and Triton define it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "serve/service.h"

namespace headrace::serve {

struct GrpcOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8001;  // 0: any free one
  size_t max_message_bytes = size_t{64} << 20;
};

class GrpcServer {
 public:
  // Listens. The service must outlive the server. Errors: invalid_argument (host), io (the port is in use, and by what to do).
  static Result<std::unique_ptr<GrpcServer>> start(Service& service, const GrpcOptions& options);
  virtual ~GrpcServer() = default;  // stops at once

  virtual uint16_t port() const = 0;
  // Takes no new call, answers those that are in flight, closes. Waits no longer than `patience`.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace headrace::serve
