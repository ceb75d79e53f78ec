// Runs a Program: one environment of tensors per run, so that runs do not meet.
#pragma once

#include <memory>

#include "engines/engine.h"
#include "engines/reference/program.h"

namespace headrace::reference {

std::unique_ptr<Session> make_session(Program program, const SessionOptions& options);

}  // namespace headrace::reference
