// The one function of libheadrace_openvino.so.
#pragma once

#include "engines/engine.h"

// The engine; it lives as long as the process. nullptr when the module was built for another version of Headrace.
extern "C" const headrace::Engine* headrace_openvino_engine(const char* headrace_version);
