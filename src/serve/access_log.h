// The access log: one JSON object a line for each request that was answered, refused or given up. Logging never fails a request
// and never waits for a disk: lines that cannot be written are counted and dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::serve {

struct AccessEntry {
  std::string_view protocol;  // "http", "grpc"
  std::string_view peer;      // "127.0.0.1:40312"
  std::string_view method;    // "POST", or the gRPC method
  std::string_view path;      // as it came, cut to 200 bytes; empty in gRPC
  std::string_view model, version, request_id, traceparent;
  int status = 0;          // of HTTP or gRPC
  std::string_view error;  // the message; empty on success
  uint64_t request_bytes = 0, response_bytes = 0;
  double seconds = 0, queue_seconds = 0, compute_seconds = 0;
};

class AccessLog {
 public:
  // `path`: a file to append to (reopened after SIGHUP by reopen()), "-" for standard output, empty for no log. Errors: io.
  static Result<std::shared_ptr<AccessLog>> open(const std::string& path);
  virtual ~AccessLog() = default;
  virtual bool enabled() const = 0;
  virtual void write(const AccessEntry& entry) = 0;
  virtual void reopen() = 0;
  virtual uint64_t dropped() const = 0;  // lines lost to a full disk or a slow one
};

}  // namespace headrace::serve
