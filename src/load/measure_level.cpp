#include "load/measure_level.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

namespace headrace::load {
namespace {

using Seconds = std::chrono::duration<double>;

double seconds_since(Clock::time_point start) { return Seconds(Clock::now() - start).count(); }

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

std::string name_of(const Level& level) {
  const std::string batch = level.batch > 0 ? ", batch " + std::to_string(level.batch) : "";
  if (!level.open()) return "concurrency " + std::to_string(level.concurrency) + batch;
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.4g", level.rate);
  return std::string("rate ") + rate + "/s" + batch;
}

// Sleeps in small steps: the user may ask to stop, and sees how far it is.
Status wait_until(Clock::time_point end, Clock::time_point start, const std::string& stage, double planned,
                  const Progress& progress) {
  constexpr std::chrono::milliseconds kStep{50};
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    HEADRACE_CHECK(progress.check());
    progress.update(stage, static_cast<int64_t>(seconds_since(start)), static_cast<int64_t>(planned));
    std::this_thread::sleep_for(std::min<Clock::duration>(kStep, end - now));
  }
  return progress.check();
}

Window window_of(const Sample& sample, double at, double seconds) {
  Window window{at, seconds, sample.latency.count(), sample.failures(), 0, 0, 0};
  window.requests_per_s = static_cast<double>(window.requests) / seconds;
  window.median_ms = static_cast<double>(sample.latency.quantile(0.5)) / 1e6;
  window.p99_ms = static_cast<double>(sample.latency.quantile(0.99)) / 1e6;
  return window;
}

// Windows, one after the other, until it is enough. What they hold together is added to `total`.
Result<std::vector<Window>> measure_windows(Drive& drive, const Duration& duration, const std::string& stage, Sample& total,
                                            const Progress& progress) {
  const auto start = Clock::now();
  const auto length = std::chrono::duration_cast<Clock::duration>(Seconds(window_seconds(duration)));
  std::vector<Window> windows;
  double at = 0;
  do {
    HEADRACE_CHECK(wait_until(start + length * static_cast<int64_t>(windows.size() + 1), start, stage, duration.least, progress));
    const Sample sample = drive.take();
    const double now = seconds_since(start);
    windows.push_back(window_of(sample, at, now - at));
    at = now;
    total.merge(sample);
  } while (!is_enough(windows, at, duration));
  return windows;
}

void summarize(const Sample& total, const Target& target, double bound_ms, LevelResult& result) {
  result.rows = target.rows;
  result.requests = total.latency.count();
  result.failures = total.failures();
  result.faults = total.faults;
  result.lateness = total.lateness;
  result.latency_ms = latency_of(total.latency);
  const uint64_t in_time = bound_ms > 0 ? total.latency.count_within(static_cast<int64_t>(bound_ms * 1e6)) : 0;
  if (total.requests() > 0) result.in_time_share = static_cast<double>(in_time) / static_cast<double>(total.requests());
}

// Of what came within the windows: at their end fewer and fewer clients are at work. Where that is nothing (requests longer than
// all windows), of everything.
void set_throughput(double measured, double until_finished, LevelResult& result) {
  uint64_t within = 0;
  for (const Window& window : result.windows) within += window.requests;
  result.seconds = within > 0 ? measured : until_finished;
  result.requests_per_s = static_cast<double>(within > 0 ? within : result.requests) / result.seconds;
  result.rows_per_s = result.requests_per_s * static_cast<double>(result.rows);
}

}  // namespace

Result<LevelResult> measure_level(ServerApi& server, const Target& target, const Level& level, const LevelOptions& options,
                                  const Progress& progress) {
  LevelResult result;
  result.level = level;
  const std::string stage = name_of(level);
  auto started = level.open() ? open_loop(target, Arrivals(options.arrivals, level.rate, options.seed), options.max_connections)
                              : closed_loop(target, level.concurrency);
  HEADRACE_TRY(const std::unique_ptr<Drive> drive, std::move(started));
  const auto began = Clock::now();
  const auto warm = began + std::chrono::duration_cast<Clock::duration>(Seconds(options.duration.warmup));
  HEADRACE_CHECK(wait_until(warm, began, stage + ", warm-up", options.duration.warmup, progress));
  const auto before = server.times(options.model, options.version);
  static_cast<void>(drive->take());  // the warm-up's
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  Sample total;
  HEADRACE_TRY(result.windows, measure_windows(*drive, options.duration, stage, total, progress));
  const double measured = seconds_since(start);
  result.client_cpus = (cpu_seconds() - cpu) / measured;
  drive->finish();
  total.merge(drive->take());
  HEADRACE_CHECK(progress.check());
  summarize(total, target, options.bound_ms, result);
  set_throughput(measured, seconds_since(start), result);
  result.stable = is_stable(result.windows);
  result.connections = drive->connections();
  const auto after = server.times(options.model, options.version);
  if (before && after) result.server = split_of(*before, *after);
  result.server_resident_bytes = server.resident_bytes();
  return result;
}

}  // namespace headrace::load
