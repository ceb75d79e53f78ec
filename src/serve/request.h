// One inference request and its answer, as every front end (HTTP, gRPC, pictures) hands them to the service.
//
// Source of names and meaning: the Open Inference Protocol, version 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "serve/cancellation.h"

namespace headrace::serve {

// Latencies and deadlines are of the steady clock: setting the machine's time changes neither.
using Clock = std::chrono::steady_clock;

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct InferenceRequest {
  std::string model;
  std::string version;               // empty: the newest that is ready
  std::string id;                    // the client's, given back as it is; may be empty
  std::vector<NamedTensor> inputs;   // in any order; bytes may be wrapped (no copy of what a front end received)
  std::vector<std::string> outputs;  // names asked for; empty: all, in the signature's order
  int priority = 0;                  // 0 is the model's default; among waiting requests 1 goes first, then 2, ...
  Clock::time_point arrived = Clock::now();
  std::optional<Clock::time_point> deadline;  // when nobody wants the answer any more
  std::string traceparent;                    // W3C Trace Context, as it came; empty: none
  Cancellation cancellation;                  // set by the front end when its client has gone away
};

// Where the time of a request went, in nanoseconds.
struct RequestTiming {
  int64_t queue_ns = 0;           // from arrival until its batch began
  int64_t compute_input_ns = 0;   // gathering the batch
  int64_t compute_infer_ns = 0;   // the engine
  int64_t compute_output_ns = 0;  // scattering the batch
  int64_t batch_size = 0;         // rows in the batch that it ran in
};

struct InferenceResponse {
  std::string model;
  std::string version;
  std::string id;
  std::vector<NamedTensor> outputs;
  RequestTiming timing;
};

// Called exactly once for each request, from any thread, never under a lock of the service. Errors: invalid_argument (the request
// does not fit the model: names, dtype, shape), not_found (model or version), overloaded (the queue is full: at once),
// deadline_exceeded, cancelled, unavailable (not ready, shutting down), internal (the engine failed).
using Respond = std::function<void(Result<InferenceResponse>)>;

}  // namespace headrace::serve
