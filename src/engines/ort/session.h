// One loaded model in ONNX Runtime.
#pragma once

#include <memory>

#include "engines/engine.h"

namespace headrace::ort {

Result<std::unique_ptr<Session>> load_session(const ModelSource& model, const SessionOptions& options, bool exact);

}  // namespace headrace::ort
