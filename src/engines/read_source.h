// From what a session is loaded from to the IR, for the engines that run it themselves.
#pragma once

#include "engines/engine.h"
#include "ir/model.h"

namespace headrace {

// Errors: those of read_onnx() and read_onnx_bytes().
Result<Model> read_source(const ModelSource& source);

}  // namespace headrace
