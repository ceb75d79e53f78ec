// Where bearer tokens come from: files or the environment, never the command line, which every user of a machine can read.
#pragma once

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve {

// Fills in data_token and control_token: from the files that are named, else from HEADRACE_DATA_TOKEN and HEADRACE_CONTROL_TOKEN.
// Line breaks and blanks around a token do not count. Errors: those of reading a file; invalid_argument for an empty token: a
// server that was meant to be closed must not be open.
Status read_tokens(Access& access);

}  // namespace headrace::serve
