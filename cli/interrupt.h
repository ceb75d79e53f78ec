// Ctrl-C and SIGTERM: the first asks the work to stop, the second leaves at once. Neither leaves temporary files behind.
#pragma once

#include <atomic>

namespace headrace::cli {

// Starts listening. Call before any other thread exists. The flag is set by the first signal.
const std::atomic<bool>* watch_for_interrupt();

}  // namespace headrace::cli
