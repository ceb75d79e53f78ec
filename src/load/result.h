// What a load test found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/recorder.h"
#include "load/server_api.h"

namespace headrace::load {

// One level of load: a closed loop of so many clients, or an open loop of so many requests a second.
struct Level {
  int concurrency = 1;
  double rate = 0;    // above 0: open loop, and concurrency does not count
  int64_t batch = 0;  // rows of a request that were asked for; 0: as the shapes say

  bool open() const { return rate > 0; }
};

struct Latency {  // milliseconds
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, min = 0, max = 0, mean = 0;
};

// About a second of a level.
struct Window {
  double at = 0, seconds = 0;  // its beginning after the warm-up, its length
  uint64_t requests = 0, failures = 0;
  double requests_per_s = 0, median_ms = 0, p99_ms = 0;
};

// Where the server spent the time of an average request, in milliseconds, and the average rows of its batches.
struct ServerSplit {
  double queue_ms = 0, compute_input_ms = 0, compute_infer_ms = 0, compute_output_ms = 0;
  double batch_size = 0;
};

struct LevelResult {
  Level level;
  int64_t rows = 1;       // of a request
  double seconds = 0;     // measured, after the warm-up
  uint64_t requests = 0;  // that were answered rightly
  uint64_t failures = 0;
  double requests_per_s = 0, rows_per_s = 0;  // of those answered rightly
  Latency latency_ms;                         // of the same; in an open loop from when they were due
  FaultCounts faults;
  bool stable = false;  // the last three windows were alike
  std::vector<Window> windows;
  std::optional<ServerSplit> server;
  std::optional<uint64_t> server_resident_bytes;
  Lateness lateness;         // open loop
  int connections = 0;       // that were opened
  double client_cpus = 0;    // CPUs that the tester itself used: near what there is, it measures itself
  double in_time_share = 0;  // with a bound: of all requests, those that were answered rightly within it
};

// Whether more than 1 % of the requests left late though a client was free: the figures are then the tester's, not the server's.
bool fell_behind(const LevelResult& result);

Latency latency_of(const Histogram& histogram);
// The average per request between two readings; nullopt where nothing was computed between them.
std::optional<ServerSplit> split_of(const ServerTimes& before, const ServerTimes& after);

// What a scenario is about: its name ("like MLPerf's Server"), its figure.
struct ScenarioResult {
  std::string name, metric, unit;
  double value = 0;
  bool valid = false;  // a value was found
  std::string note;    // how, or why not
};

struct LoadReport {
  std::string url, server_name, server_version, model, model_version, platform;
  bool binary = true;
  std::string cpu_name;  // of the machine that the tester ran on
  std::vector<LevelResult> results;
  std::optional<ScenarioResult> scenario;

  bool any_success() const;
};

// For programs (a --json of the command line), one object.
std::string to_json(const LoadReport& report);
// One page with plots, complete in itself.
std::string to_html(const LoadReport& report);

}  // namespace headrace::load
