// One loaded model in the native engine.
#pragma once

#include <memory>

#include "engines/engine.h"
#include "engines/native/program.h"

namespace headrace::native {

// A model made ready for any extents. Errors: those of read_onnx(); unsupported, listing what the engine cannot run.
Result<Program> load_program(const ModelSource& source);
// The signature's inputs; unknown extents are one picture of the usual size.
std::vector<Extent> input_extents(const Signature& signature);

// Errors: those of load_program().
Result<std::unique_ptr<Session>> load_session(const ModelSource& source, const SessionOptions& options);

}  // namespace headrace::native
