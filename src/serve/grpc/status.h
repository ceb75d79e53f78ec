// Errors in gRPC's terms: the only place that knows which ErrorCode is which status code.
#pragma once

#include <grpcpp/support/status.h>

#include "base/error.h"

namespace headrace::serve {

// The message is made printable and cut, since names in it are the client's and a status travels in a header.
grpc::Status status_of(const Error& error);
// The same for load and unload, which are unsupported where they are not allowed: PERMISSION_DENIED.
grpc::Status control_status_of(const Error& error);

}  // namespace headrace::serve
