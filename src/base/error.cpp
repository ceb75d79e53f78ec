#include "base/error.h"

namespace headrace {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid argument";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kInvalidModel: return "invalid model";
    case ErrorCode::kInvalidData: return "invalid data";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kIo: return "input/output error";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kOverloaded: return "overloaded";
    case ErrorCode::kDeadlineExceeded: return "deadline exceeded";
    case ErrorCode::kInternal: return "internal error";
  }
  return "unknown error";
}

std::string Error::describe() const { return context.empty() ? message : context + ": " + message; }

Error Error::at(std::string_view where) && {
  context = context.empty() ? std::string(where) : std::string(where) + ": " + context;
  return std::move(*this);
}

Error invalid_argument(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message), {}}; }
Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message), {}}; }
Error invalid_model(std::string message) { return {ErrorCode::kInvalidModel, std::move(message), {}}; }
Error invalid_data(std::string message) { return {ErrorCode::kInvalidData, std::move(message), {}}; }
Error unsupported(std::string message) { return {ErrorCode::kUnsupported, std::move(message), {}}; }
Error unavailable(std::string message) { return {ErrorCode::kUnavailable, std::move(message), {}}; }
Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message), {}}; }
Error internal_error(std::string message) { return {ErrorCode::kInternal, std::move(message), {}}; }
Error cancelled() { return {ErrorCode::kCancelled, "stopped before the end; nothing was written", {}}; }
Error overloaded(std::string message) { return {ErrorCode::kOverloaded, std::move(message), {}}; }
Error deadline_exceeded(std::string message) { return {ErrorCode::kDeadlineExceeded, std::move(message), {}}; }

}  // namespace headrace
