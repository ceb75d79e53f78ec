// The ONNX Runtime library: opened when it is first needed, one environment for the process.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace Ort {
struct Env;
}

namespace headrace::ort {

struct Library {
  std::filesystem::path path;
  std::string version;  // "1.32.0"
  Ort::Env* env = nullptr;
};

// Opens the library at the first call. Places, in this order: the environment variable HEADRACE_ORT_LIBRARY (if it is set,
// nothing else is tried), the path from the build, beside the program, the loader's own search. Errors: unavailable, with where
// it looked, why each place failed and how to get the library; the same error at every later call.
const Result<Library>& library();

// The exception being handled as an Error: call it in a catch-all handler. `doing` completes "ONNX Runtime could not ...".
// `otherwise` is the code where ONNX Runtime's own error code says no more than that it failed.
Error exception_to_error(const std::string& doing, ErrorCode otherwise);

}  // namespace headrace::ort
