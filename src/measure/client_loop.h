// The measured loop itself: clients that call run() as fast as it answers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "engines/engine.h"

namespace headrace {

struct Window {
  std::vector<int64_t> latencies_ns;  // of every call, client by client
  double wall_seconds = 0;            // from the common start until the last client is back
};

// Each of `clients` threads calls run() on its session (they are dealt out round robin) for `seconds`, at least once, after one
// call that is not counted. A single client runs on the calling thread. Nothing but the clock stands between two calls, and
// outputs are reused. Errors: the first that run() gave.
Result<Window> run_window(std::span<const std::unique_ptr<Session>> sessions, std::span<const Tensor> inputs, int clients,
                          double seconds);

}  // namespace headrace
