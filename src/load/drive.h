// How requests are made: a closed loop (each client sends its next request when it has the answer to the last) or an open loop
// (requests are due at times that do not depend on the server).
#pragma once

#include <memory>

#include "load/arrivals.h"
#include "load/client.h"

namespace headrace::load {

class Drive {
 public:
  virtual ~Drive() = default;  // as finish()
  // What happened since the last call.
  virtual Sample take() = 0;
  // Begins no new request, and waits for those under way. What they gave is in the next take().
  virtual void finish() = 0;
  virtual int connections() const = 0;  // so far
};

// The target must outlive the drive. Errors: io where the system gives no more threads.
Result<std::unique_ptr<Drive>> closed_loop(const Target& target, int clients);
// Starts with a few connections and adds more, up to `max_connections` (and what the system gives), as soon as too few are free.
Result<std::unique_ptr<Drive>> open_loop(const Target& target, Arrivals arrivals, int max_connections);

}  // namespace headrace::load
