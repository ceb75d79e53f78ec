#include "serve/grpc/status.h"

#include "base/printable.h"

namespace headrace::serve {
namespace {

constexpr size_t kMaxMessageBytes = 1024;  // far below the 8 KiB that clients take for all headers together

grpc::StatusCode code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidData: return grpc::StatusCode::INVALID_ARGUMENT;
    case ErrorCode::kNotFound: return grpc::StatusCode::NOT_FOUND;
    case ErrorCode::kInvalidModel: return grpc::StatusCode::FAILED_PRECONDITION;  // a model that shall be loaded is malformed
    case ErrorCode::kUnsupported: return grpc::StatusCode::UNIMPLEMENTED;
    case ErrorCode::kUnavailable: return grpc::StatusCode::UNAVAILABLE;
    case ErrorCode::kCancelled: return grpc::StatusCode::CANCELLED;
    case ErrorCode::kOverloaded: return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case ErrorCode::kDeadlineExceeded: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case ErrorCode::kIo:
    case ErrorCode::kInternal: break;
  }
  return grpc::StatusCode::INTERNAL;
}

}  // namespace

grpc::Status status_of(const Error& error) { return {code_of(error.code), printable(error.describe(), kMaxMessageBytes)}; }

grpc::Status control_status_of(const Error& error) {
  const grpc::Status status = status_of(error);
  if (error.code != ErrorCode::kUnsupported) return status;
  return {grpc::StatusCode::PERMISSION_DENIED, status.error_message()};
}

}  // namespace headrace::serve
