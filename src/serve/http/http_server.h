// The HTTP/1.1 front end: the Open Inference Protocol version 2 with Triton's extensions, pictures, metrics, the dashboard.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "serve/service.h"

namespace headrace::serve {

struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8000;  // 0: any free one
  int threads = 1;       // that read, parse and write
  size_t max_body_bytes = size_t{64} << 20;
};

class HttpServer {
 public:
  // Listens. The service must outlive the server. Errors: invalid_argument (host), io (the port is in use, and by what to do).
  static Result<std::unique_ptr<HttpServer>> start(Service& service, const HttpOptions& options);
  virtual ~HttpServer() = default;  // stops at once

  virtual uint16_t port() const = 0;
  // Takes no new connection, answers the requests that are in flight, closes. Waits no longer than `patience`.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace headrace::serve
