#include "error.h"

#include <cstdio>

namespace headrace::cli {

int exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument: return kWrongCall;
    case ErrorCode::kCancelled: return kInterrupted;
    default: return kFailure;
  }
}

int report(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.describe().c_str());
  return exit_code(error);
}

int report_wrong_call(const std::string& message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return kWrongCall;
}

void warn(const std::string& message) { std::fprintf(stderr, "warning: %s\n", message.c_str()); }

}  // namespace headrace::cli
