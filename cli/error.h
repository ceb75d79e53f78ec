// Errors as the terminal sees them: "error: ..." on stderr and an exit code.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace::cli {

constexpr int kFailure = 1;
constexpr int kWrongCall = 2;
constexpr int kInterrupted = 130;

int exit_code(const Error& error);
int report(const Error& error);  // prints, and returns the exit code
int report_wrong_call(const std::string& message);
void warn(const std::string& message);

}  // namespace headrace::cli
