// A call apart from its messages: who calls what, until when, with which leave; and its line in the access log.
#pragma once

#include <grpcpp/server_context.h>

#include <optional>
#include <string>
#include <string_view>

#include "serve/authorize.h"
#include "serve/grpc/front.h"
#include "serve/request.h"

namespace headrace::serve {

struct Call {
  std::string_view method;  // "ModelInfer"; of static storage
  Clock::time_point arrived = Clock::now();
  std::optional<Clock::time_point> deadline;  // the client's, of the gRPC call
  std::string traceparent;
  std::string peer;                // for the log; empty without one
  std::string model, version, id;  // for the log; set once the message is read
  size_t request_bytes = 0;
};

Call call_of(const Front& front, const grpc::ServerContextBase& context, std::string_view method);

// OK, or UNAUTHENTICATED.
grpc::Status check_access(const Front& front, const grpc::ServerContextBase& context, Scope scope);

void log_answer(const Front& front, const Call& call, const grpc::Status& status, size_t response_bytes = 0,
                const RequestTiming& timing = {});

}  // namespace headrace::serve
