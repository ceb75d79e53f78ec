#include "load/load_test.h"

#include <algorithm>
#include <cmath>

#include "load/scenario.h"
#include "load/session.h"

namespace headrace::load {
namespace {

constexpr int kMostClients = 4096;  // a thread each

template <typename T>
bool all_positive(const std::vector<T>& values) {
  return std::all_of(values.begin(), values.end(),
                     [](T value) { return value > 0 && std::isfinite(static_cast<double>(value)); });
}

Status check_load(const LoadOptions& options) {
  if (!all_positive(options.batches)) return invalid_argument("--batch takes numbers of rows from 1");
  const auto too_many = [](int clients) { return clients > kMostClients; };
  if (!all_positive(options.concurrencies) || std::any_of(options.concurrencies.begin(), options.concurrencies.end(), too_many))
    return invalid_argument("--concurrency takes numbers of clients from 1 to " + std::to_string(kMostClients));
  if (!all_positive(options.rates) ||
      std::any_of(options.rates.begin(), options.rates.end(), [](double rate) { return rate > 1e6; }))
    return invalid_argument("--rate takes requests a second, above 0 and up to 1000000");
  if (options.max_connections < 1 || too_many(options.max_connections))
    return invalid_argument("--max-connections takes a number from 1 to " + std::to_string(kMostClients));
  return Ok{};
}

Status check_time(const LoadOptions& options) {
  const Duration& time = options.duration;
  if (!(time.least > 0) || !(time.warmup >= 0)) return invalid_argument("--seconds must be above 0, --warmup not below 0");
  if (time.most < time.least) return invalid_argument("--max-seconds must not be below --seconds");
  if (options.timeout_ms < 1 || options.deadline_ms < 0)
    return invalid_argument("--timeout-ms must be above 0, --deadline-ms not below 0");
  return Ok{};
}

Status check_scenario(const LoadOptions& options) {
  if (options.scenario == Scenario::kNone) return Ok{};
  if (!options.rates.empty()) return invalid_argument("--rate and --scenario exclude each other: a scenario sets its own load");
  if (options.scenario != Scenario::kOffline && !options.concurrencies.empty())
    return invalid_argument("--concurrency is for levels and for --scenario offline: the other scenarios set it themselves");
  if (options.scenario == Scenario::kMultiStream && !options.batches.empty())
    return invalid_argument("--batch does not go with --scenario multistream, whose queries are of 8 samples");
  if (options.batches.size() > 1) return invalid_argument("a scenario takes one --batch");
  if (options.scenario == Scenario::kServer && !(options.bound_ms > 0))
    return invalid_argument("--scenario server needs the bound of the p99 latency: --p99-ms");
  return Ok{};
}

// A line of HTTP of its own.
Status check_headers(const std::vector<std::string>& headers) {
  for (const std::string& header : headers) {
    const bool plain = std::none_of(header.begin(), header.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (!plain || header.find(':') == std::string::npos || header.front() == ':')
      return invalid_argument("--header takes 'Name: value'");
  }
  return Ok{};
}

}  // namespace

Result<LoadReport> run_load_test(const LoadOptions& options, const Progress& progress) {
  HEADRACE_CHECK(check_load(options));
  HEADRACE_CHECK(check_time(options));
  HEADRACE_CHECK(check_scenario(options));
  HEADRACE_CHECK(check_headers(options.headers));
  HEADRACE_TRY(LoadSession session, LoadSession::open(options, progress));
  LoadReport report = session.report();
  const MeasureLevel measure = [&](const Level& level, const Duration& duration) { return session.measure(level, duration); };
  HEADRACE_CHECK(run_scenario(options, batch_of(session.model()), measure, report));
  return report;
}

}  // namespace headrace::load
