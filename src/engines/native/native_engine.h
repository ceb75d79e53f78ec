// Our own engine: exact INT8 on every CPU, FP32 with Winograd.
#pragma once

#include "engines/engine.h"

namespace headrace {

const Engine& native_engine();

}  // namespace headrace
