// ONNX Runtime, twice: with the kernels it picks by itself ("ort"), and with those that do not saturate ("ort-exact", the session
// option session.x64quantprecision).
#pragma once

#include "engines/engine.h"

namespace headrace {

const Engine& ort_engine();
const Engine& ort_exact_engine();

}  // namespace headrace
