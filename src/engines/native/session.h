// One loaded model in the native engine.
#pragma once

#include <memory>

#include "engines/engine.h"

namespace headrace::native {

// Errors: those of read_onnx(); unsupported, listing what the engine cannot run.
Result<std::unique_ptr<Session>> load_session(const ModelSource& source, const SessionOptions& options);

}  // namespace headrace::native
