// The oracle: an interpreter of ONNX, node by node, written to be read. Integer layers follow docs/numerics.md to the bit; float
// layers add up in double and round once. It shares no code with the engines it judges, and it is slow.
#pragma once

#include "engines/engine.h"

namespace headrace {

const Engine& reference_engine();

}  // namespace headrace
