// The HTTP/1.1 front end: the Open Inference Protocol version 2 with Triton's extensions, pictures, metrics, the dashboard.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "deploy/serve_options.h"
#include "serve/access_log.h"
#include "serve/service.h"

namespace headrace::serve {

class HttpServer {
 public:
  // Listens on options.host and options.http_port. The service must outlive the server. Errors: invalid_argument (host,
  // certificate, key), io (the port is in use: what to do).
  static Result<std::unique_ptr<HttpServer>> start(Service& service, const ServerOptions& options,
                                                   std::shared_ptr<AccessLog> log);
  virtual ~HttpServer() = default;  // stops at once

  virtual uint16_t port() const = 0;
  // Takes no new connection, answers the requests that are in flight, closes. Waits no longer than `patience`.
  virtual void drain(std::chrono::milliseconds patience) = 0;
};

}  // namespace headrace::serve
