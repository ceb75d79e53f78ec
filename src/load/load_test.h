// A load test from beginning to end: the server asked, requests made, levels or a scenario measured.
//
// Works against any server of the Open Inference Protocol, version 2, over HTTP, and talks to nobody but that server.
#pragma once

#include "base/progress.h"
#include "load/inputs.h"
#include "load/measure_level.h"

namespace headrace::load {

// Like those of MLPerf Inference, which names and defines them; this is no certified run of it.
enum class Scenario {
  kNone,          // levels: every concurrency and rate, for every batch
  kSingleStream,  // one request at a time: p90
  kMultiStream,   // a query of eight samples at a time: p99
  kServer,        // the largest Poisson rate with a p99 within bound_ms
  kOffline,       // samples a second, in large batches, the server kept full
};

struct LoadOptions {
  std::string url{};
  std::string model{};  // empty: the only one the server has
  std::string version{};
  std::vector<std::string> headers{};  // "Name: value"
  InputOptions inputs{};               // its batch is set by `batches`
  std::vector<int64_t> batches{};      // empty: as the shapes say
  std::vector<int> concurrencies{};    // empty, and no rates: 1
  std::vector<double> rates{};         // requests a second
  ArrivalKind arrivals = ArrivalKind::kPoisson;
  uint64_t seed = 1;
  int max_connections = 256;
  Duration duration{};
  bool back_off = false;        // closed loop: refused clients wait as they are told to
  bool json_tensors = false;    // even where the server takes binary ones
  bool check_bits = false;      // the same input must give the same bits
  int64_t deadline_ms = 0;      // sent along, for the server; 0: none
  int64_t timeout_ms = 30'000;  // the client's own
  Scenario scenario = Scenario::kNone;
  double bound_ms = 0;  // of Scenario::kServer
};

// Errors: invalid_argument, not_found, unavailable (nothing listens), unsupported, invalid_data, cancelled.
Result<LoadReport> run_load_test(const LoadOptions& options, const Progress& progress);

// "singlestream", "multistream", "server", "offline".
std::optional<Scenario> scenario_of(std::string_view name);

}  // namespace headrace::load
