#include "load/scenario.h"

#include <algorithm>

#include "load/rate_search.h"

namespace headrace::load {
namespace {

constexpr int64_t kSamplesOfAQuery = 8;  // of MultiStream
constexpr int64_t kOfflineBatch = 32;    // where neither the user nor the model says another
constexpr int kOfflineClients = 4;       // enough that a request waits while another is computed
constexpr double kFewestRequests = 10;   // of a rate that is tried
constexpr double kFirstLoad = 0.5;       // of what a single client gets: where the search for a rate begins

struct Run {
  const LoadOptions& options;
  const BatchOfModel& model;
  const MeasureLevel& measure;
  LoadReport& report;
};

Result<LevelResult> level(Run& run, const Level& level, const Duration& duration) {
  HEADRACE_TRY(LevelResult result, run.measure(level, duration));
  run.report.results.push_back(result);
  return result;
}

int64_t batch_or(const LoadOptions& options, int64_t otherwise) {
  return options.batches.empty() ? otherwise : options.batches.front();
}

// Latency scenarios: one client, a percentile. Any failed request makes the figure invalid.
Status stream(Run& run, const std::string& name, int64_t batch, const char* metric, double Latency::*percentile) {
  HEADRACE_TRY(const LevelResult result, level(run, {1, 0, batch}, run.options.duration));
  run.report.scenario = ScenarioResult{name,
                                       metric,
                                       "ms",
                                       result.latency_ms.*percentile,
                                       result.requests > 0 && result.failures == 0,
                                       result.failures > 0 ? std::to_string(result.failures) + " requests failed" : ""};
  return Ok{};
}

Status offline(Run& run) {
  int64_t largest = run.model.largest > 0 ? std::min(run.model.largest, kOfflineBatch) : kOfflineBatch;
  if (!run.model.is_free) largest = 0;
  const int clients = run.options.concurrencies.empty() ? kOfflineClients : run.options.concurrencies.front();
  HEADRACE_TRY(const LevelResult result, level(run, {clients, 0, batch_or(run.options, largest)}, run.options.duration));
  run.report.scenario =
      ScenarioResult{"like MLPerf's Offline",
                     "throughput",
                     "samples/s",
                     result.rows_per_s,
                     result.requests > 0 && result.failures == 0,
                     "batches of " + std::to_string(result.rows) + ", " + std::to_string(clients) + " at a time" +
                         (result.failures > 0 ? ", " + std::to_string(result.failures) + " requests failed" : "")};
  return Ok{};
}

// Each rate is measured for the least time only: the search itself shows whether neighbouring rates agree.
Status server(Run& run) {
  const int64_t batch = batch_or(run.options, 0);
  Duration once = run.options.duration;
  once.most = once.least;
  HEADRACE_TRY(const LevelResult alone, level(run, {1, 0, batch}, once));
  if (alone.requests == 0) {
    run.report.scenario = ScenarioResult{"like MLPerf's Server", "rate", "requests/s", 0, false, "no request succeeded"};
    return Ok{};
  }
  const auto point = [&](double rate) -> Result<RatePoint> {
    HEADRACE_TRY(const LevelResult result, level(run, {1, rate, batch}, once));
    return RatePoint{rate, result.in_time_share, fell_behind(result)};
  };
  RateSearch search;
  search.lowest = kFewestRequests / once.least;
  search.first = std::max(kFirstLoad * alone.requests_per_s, search.lowest);
  HEADRACE_TRY(const RateFound found, find_rate(search, point));
  char bound[64];
  std::snprintf(bound, sizeof bound, "p99 within %.4g ms; ", run.options.bound_ms);
  run.report.scenario =
      ScenarioResult{"like MLPerf's Server", "rate", "requests/s", found.rate, found.rate > 0, bound + found.note};
  return Ok{};
}

Status levels(Run& run) {
  const LoadOptions& options = run.options;
  const std::vector<int64_t> batches = options.batches.empty() ? std::vector<int64_t>{0} : options.batches;
  std::vector<int> concurrencies = options.concurrencies;
  if (concurrencies.empty() && options.rates.empty()) concurrencies = {1};
  for (const int64_t batch : batches) {
    for (const int clients : concurrencies) HEADRACE_CHECK(level(run, {clients, 0, batch}, options.duration));
    for (const double rate : options.rates) HEADRACE_CHECK(level(run, {1, rate, batch}, options.duration));
  }
  return Ok{};
}

}  // namespace

BatchOfModel batch_of(const ModelInfo& model) {
  const auto& inputs = model.signature.inputs;
  const bool is_free = std::all_of(inputs.begin(), inputs.end(),
                                   [](const TensorSpec& input) { return !input.shape.empty() && !input.shape[0].known(); });
  return {is_free, model.max_batch_size};
}

std::optional<Scenario> scenario_of(std::string_view name) {
  if (name == "singlestream") return Scenario::kSingleStream;
  if (name == "multistream") return Scenario::kMultiStream;
  if (name == "server") return Scenario::kServer;
  if (name == "offline") return Scenario::kOffline;
  return std::nullopt;
}

Status run_scenario(const LoadOptions& options, const BatchOfModel& model, const MeasureLevel& measure, LoadReport& report) {
  Run run{options, model, measure, report};
  switch (options.scenario) {
    case Scenario::kNone: return levels(run);
    case Scenario::kSingleStream:
      return stream(run, "like MLPerf's SingleStream", batch_or(options, 0), "p90 latency", &Latency::p90);
    case Scenario::kMultiStream:
      if (!model.is_free) return unsupported("--scenario multistream sends queries of 8 samples, but the model's batch is fixed");
      return stream(run, "like MLPerf's MultiStream", kSamplesOfAQuery, "p99 latency", &Latency::p99);
    case Scenario::kServer: return server(run);
    case Scenario::kOffline: return offline(run);
  }
  return internal_error("unknown scenario");
}

}  // namespace headrace::load
