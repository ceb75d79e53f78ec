// Our SessionOptions in ONNX Runtime's terms.
#pragma once

#include "engines/engine.h"

namespace Ort {
struct Env;
struct SessionOptions;
}  // namespace Ort

namespace headrace::ort {

// Fills `ort` in. `exact`: the quantised kernels that do not saturate. May throw what ONNX Runtime throws.
// Errors: unavailable or not_found for an execution provider that is not there.
Status set_session_options(const SessionOptions& options, bool exact, Ort::Env& env, Ort::SessionOptions& ort);

// Adds the execution provider that `options` names (cpu: nothing to add). May throw what ONNX Runtime throws.
Status append_provider(const SessionOptions& options, Ort::Env& env, Ort::SessionOptions& ort);

}  // namespace headrace::ort
