// Latency, throughput and memory: one engine per process, interleaved rounds, outputs checked before timing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/tensor.h"
#include "measure/output_summary.h"
#include "measure/statistics.h"

namespace headrace {

// One point to measure.
struct BenchCase {
  std::filesystem::path model;
  std::string engine = "ort";
  int threads = 1;  // per session
  int batch = 1;
  int clients = 1;   // threads that call run() in a closed loop
  int sessions = 1;  // sessions shared by the clients, round robin
  bool spinning = false;
  bool operator==(const BenchCase&) const = default;
};

struct BenchResult {
  BenchCase point;
  bool exact = false;  // the engine's INT8 is exact on this CPU
  std::string isa;
  std::string engine_version;
  LatencySummary latency_ms;    // of one run() as its caller sees it
  double throughput_per_s = 0;  // samples (runs times batch) per second of the measured windows
  uint64_t peak_rss_bytes = 0;
  double load_ms = 0;
  std::vector<double> round_min_ms;    // the fastest run of each round: points of one round met the same machine
  std::vector<double> samples_ms;      // a bounded sample of the latencies, for plots (at most 2000)
  std::vector<OutputSummary> outputs;  // on the random input that all points of a model and batch share
  std::string error;                   // not empty: this point failed or hung, and why; nothing else is then valid
};

struct BenchOptions {
  double seconds = 3;  // measured time per point
  int rounds = 5;      // the points take turns, a window of seconds/rounds each
  double warmup_seconds = 0.5;
  double hang_seconds = 30;       // a run that has not come back by then is reported as hung, with the set-up named
  std::filesystem::path program;  // the headrace binary to start workers from; empty: this one
};

// Measures all points, interleaved. A point that fails is in the result with its error. Errors: invalid_argument; cancelled.
Result<std::vector<BenchResult>> bench(const std::vector<BenchCase>& points, const BenchOptions& options,
                                       const Progress& progress = {});

// The worker's side: reads commands on descriptor `in`, answers on `out`. The CLI's hidden `bench-worker` command calls it.
// Returns an exit code.
int bench_worker(int in, int out);

// The point with the largest throughput among those whose p99 is within `p99_factor` of the best p99 (fewest threads win ties
// within 3 %): the safest fast setting. nullptr when none succeeded.
const BenchResult* recommend(const std::vector<BenchResult>& results, double p99_factor = 3);

}  // namespace headrace
