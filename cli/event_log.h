// The server's own log: one JSON object a line on stderr.
#pragma once

#include "serve/repository/event.h"

namespace headrace::cli {

// Thread-safe.
serve::EventSink stderr_events();

}  // namespace headrace::cli
