// What the front ends (http/, grpc/) talk to. They translate a protocol and decide nothing; behind this interface stand the
// repository, the scheduler and the engines. Every member may be called from many threads at once, and none of them waits for an
// inference.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "serve/request.h"

namespace headrace::serve {

struct ServerMetadata {
  std::string name = "headrace";
  std::string version;
  std::vector<std::string> extensions;  // as Triton names them: "model_repository", "binary_tensor_data", "statistics", ...
};

struct ModelMetadata {
  std::string name;
  std::vector<std::string> versions;  // ready ones, newest last
  std::string platform;               // "headrace_native", "headrace_ort", ...
  Signature signature;                // a first extent that is free is the batch: -1 on the wire
};

// What the service made of a model: for `/v2/models/M/config` and ModelConfig.
struct ModelConfig {
  std::string name;
  std::string version;
  std::string platform;
  Signature signature;
  int64_t max_batch_size = 0;  // 0: the model has no batch of its own, requests run one by one
  std::vector<int64_t> preferred_batch_sizes;
  int64_t max_queue_delay_us = 0;
  int64_t max_queue_size = 0;
  int64_t default_deadline_ms = 0;  // 0: none
  int instances = 1;
  int threads = 1;  // per instance
};

struct DurationStatistic {
  uint64_t count = 0;
  uint64_t ns = 0;
};

// Upper bounds (inclusive) of the buckets of a LatencyHistogram, in nanoseconds: 20 us to 30 s in steps of 1, 2, 5.
inline constexpr std::array<uint64_t, 20> kLatencyBoundsNs = {
    20'000,        50'000,        100'000,       200'000,        500'000,        1'000'000,     2'000'000,
    5'000'000,     10'000'000,    20'000'000,    50'000'000,     100'000'000,    200'000'000,   500'000'000,
    1'000'000'000, 2'000'000'000, 5'000'000'000, 10'000'000'000, 20'000'000'000, 30'000'000'000};

// How many durations fell into each bucket, not cumulated; the last bucket is for what exceeds every bound.
struct LatencyHistogram {
  std::array<uint64_t, kLatencyBoundsNs.size() + 1> buckets{};
  uint64_t count = 0;
  uint64_t sum_ns = 0;
};

struct BatchStatistic {  // of all executions with this batch size
  uint64_t batch_size = 0;
  DurationStatistic compute_input, compute_infer, compute_output;
};

struct ModelStatistics {  // since the version was loaded; the meaning of each is that of Triton's statistics extension
  std::string name;
  std::string version;
  uint64_t last_inference_ms = 0;  // since the epoch
  uint64_t inference_count = 0;    // rows
  uint64_t execution_count = 0;    // batches
  DurationStatistic success, fail, queue, compute_input, compute_infer, compute_output;
  DurationStatistic rejected, expired, cancelled;  // ours: full queue, deadline, client gone (also counted in fail)
  uint64_t queue_depth = 0;                        // now, requests
  uint64_t retry_after_ms = 0;  // how long what waits and runs now will roughly take: what a refused client is told to wait
  std::vector<BatchStatistic> batches;
  // Of requests that succeeded: from arrival to answer, waiting, and in the engine.
  LatencyHistogram request_latency, queue_latency, compute_latency;
};

struct IndexEntry {  // of the repository
  std::string name;
  std::string version;
  std::string state;   // "READY", "LOADING", "UNLOADING", "UNAVAILABLE"
  std::string reason;  // why it is not ready; empty when it is
};

class Service {
 public:
  virtual ~Service() = default;

  virtual bool live() const = 0;
  virtual bool ready() const = 0;  // every model that should be ready is, and no shutdown has begun
  virtual ServerMetadata metadata() const = 0;

  // `version` empty: the newest that is ready. Errors: not_found; unavailable while a model is loading or failed to load.
  virtual Status model_ready(std::string_view model, std::string_view version) const = 0;
  virtual Result<ModelMetadata> model_metadata(std::string_view model, std::string_view version) const = 0;
  virtual Result<ModelConfig> model_config(std::string_view model, std::string_view version) const = 0;
  // `model` empty: all models. `version` empty: all versions.
  virtual Result<std::vector<ModelStatistics>> statistics(std::string_view model, std::string_view version) const = 0;

  // Errors of load and unload: unsupported when the server was started without leave to; not_found; those of loading.
  virtual std::vector<IndexEntry> index(bool ready_only) const = 0;
  virtual Status load(std::string_view model) = 0;
  virtual Status unload(std::string_view model) = 0;

  // Returns at once; see Respond.
  virtual void infer(InferenceRequest request, Respond respond) = 0;

  // A picture (JPEG, PNG) as the model's own preprocessing makes a tensor of it, batch 1, in a request for `model` that lacks
  // only what the front end adds. Errors: not_found; unsupported (the model takes no pictures); invalid_data (no picture, or too
  // large).
  virtual Result<InferenceRequest> picture_request(std::string_view model, std::string_view version,
                                                   std::span<const std::byte> picture) const = 0;
  // Class names of a model, by index; empty: none are known.
  virtual Result<std::vector<std::string>> labels(std::string_view model, std::string_view version) const = 0;

  // The text of `/metrics` (Prometheus exposition format).
  virtual std::string metrics() const = 0;
};

}  // namespace headrace::serve
