// OpenVINO. Its code lives in a module of its own (libheadrace_openvino.so), opened at first use, so that the program neither
// links OpenVINO nor waits for it. Where it was not found at build time, engines/absent/openvino.cpp stands in.
#pragma once

#include "engines/engine.h"

namespace headrace {

const Engine& openvino_engine();

}  // namespace headrace
