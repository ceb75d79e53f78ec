// What can go wrong with one request, by kind: what a load test counts, and never mixes into its latencies.
#pragma once

#include <chrono>
#include <string>

namespace headrace::load {

using Clock = std::chrono::steady_clock;

enum class FaultKind {
  kRefused,        // no connection: nobody listens, or the host cannot be reached
  kReset,          // the server closed or reset the connection before its answer was complete
  kTimeout,        // no complete answer within the client's patience
  kStatus,         // an HTTP status other than 200
  kBadAnswer,      // not HTTP, not JSON, or tensors other than promised
  kDifferentBits,  // another answer than before to the same input
  kNotSent,        // open loop: it was due, but every connection was waiting until the end
  kStopped,        // the user asked to stop: not counted
};

struct Fault {
  FaultKind kind = FaultKind::kBadAnswer;
  int status = 0;  // of kStatus
  std::string message;
};

// "timeout", "http 503", ...: the key under which it is counted.
std::string name_of(const Fault& fault);

}  // namespace headrace::load
