#include "measure/bench.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "measure/bench_check.h"
#include "measure/bench_schedule.h"
#include "measure/worker_process.h"

namespace headrace {
namespace {

constexpr size_t kMostWorkers = 8;     // alive at a time, each with its model in memory
constexpr size_t kKeptSamples = 2000;  // per point, for plots
constexpr int kMostClients = 1024;
constexpr std::chrono::milliseconds kSettle{10};  // until the threads of the window before have stopped to spin
constexpr double kLoadFactor = 4;                 // loading may compile kernels: it gets this many times hang_seconds

std::string count_of(int count, const std::string& noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

// "model.onnx on ort (2 threads, batch 1, 16 clients, 1 session)"
std::string describe(const BenchCase& point) {
  return point.model.filename().string() + " on " + point.engine + " (" +
         (point.threads > 0 ? count_of(point.threads, "thread") : "all CPUs") + ", batch " + std::to_string(point.batch) + ", " +
         count_of(point.clients, "client") + ", " + count_of(point.sessions, "session") + ")";
}

Status check_arguments(const std::vector<BenchCase>& points, const BenchOptions& options) {
  if (!(options.seconds > 0) || !(options.warmup_seconds >= 0) || !(options.hang_seconds > 0))
    return invalid_argument("a benchmark needs seconds > 0, warm-up seconds >= 0 and hang seconds > 0");
  if (options.rounds < 1)
    return invalid_argument("a benchmark needs at least one round; given: " + std::to_string(options.rounds));
  for (const BenchCase& point : points) {
    if (point.threads < 0 || point.batch < 1 || point.clients < 1 || point.sessions < 1)
      return invalid_argument("threads must be 0 (all CPUs) or more; batch, clients and sessions 1 or more").at(describe(point));
    if (point.clients > kMostClients || point.sessions > kMostClients)
      return invalid_argument("at most " + std::to_string(kMostClients) + " clients and sessions can be measured")
          .at(describe(point));
  }
  return Ok{};
}

// At most kKeptSamples of them, evenly spaced in time.
std::vector<double> thin(const std::vector<double>& values) {
  const size_t kept = std::min(values.size(), kKeptSamples);
  std::vector<double> thinned;
  for (size_t i = 0; i < kept; ++i) thinned.push_back(values[i * values.size() / kept]);
  return thinned;
}

// One point on its way: its worker, and what was measured so far.
struct Lane {
  BenchResult result;
  std::unique_ptr<WorkerProcess> worker;  // none once it has failed
  CheckAnswer outputs;
  std::vector<double> latencies_ms;
  double wall_seconds = 0;

  const BenchCase& point() const { return result.point; }
  void fail(Error error, const std::string& stage) {
    result.error = std::move(error).at(describe(result.point) + ": " + stage).describe();
    worker.reset();
  }
};

class GroupBench {
 public:
  GroupBench(const BenchOptions& options, const Progress& progress) : options_(options), progress_(progress) {}

  // Measures the lanes in turns. Errors: cancelled; what fails in one lane stays there.
  Status run(std::vector<Lane>& lanes, const std::function<void()>& window_done) {
    for (Lane& lane : lanes) HEADRACE_CHECK(stage(lane, "loading", [&] { return load(lane); }));
    for (Lane& lane : lanes) HEADRACE_CHECK(stage(lane, "checking outputs", [&] { return check(lane); }));
    for (Lane& lane : lanes) HEADRACE_CHECK(stage(lane, "comparing outputs", [&] { return check_against_first(lanes, lane); }));
    for (Lane& lane : lanes) HEADRACE_CHECK(stage(lane, "warming up", [&] { return warm_up(lane); }));
    for (int round = 0; round < options_.rounds; ++round) {
      for (Lane& lane : lanes) {
        HEADRACE_CHECK(stage(lane, "measuring", [&] { return measure(lane); }));
        window_done();
      }
    }
    for (Lane& lane : lanes) finish(lane);
    return Ok{};
  }

 private:
  // Runs `step` unless the lane has failed already. Only the wish to stop ends the others.
  template <typename Step>
  Status stage(Lane& lane, const std::string& name, Step step) {
    HEADRACE_CHECK(progress_.check());
    if (!lane.result.error.empty()) return Ok{};
    Status status = step();
    if (status) return Ok{};
    if (status.error().code == ErrorCode::kCancelled) return status;
    lane.fail(std::move(status).error(), name);
    return Ok{};
  }

  Status load(Lane& lane) {
    HEADRACE_TRY(lane.worker, WorkerProcess::start(options_.program.empty() ? "/proc/self/exe" : options_.program));
    Command command{Command::Kind::kLoad};
    command.point = lane.point();
    HEADRACE_TRY(const std::string line, lane.worker->ask(command, options_.hang_seconds * kLoadFactor, progress_));
    HEADRACE_TRY(const LoadAnswer answer, parse_load_answer(line));
    lane.result.exact = answer.exact;
    lane.result.isa = answer.isa;
    lane.result.engine_version = answer.version;
    lane.result.load_ms = answer.load_ms;
    return Ok{};
  }

  Status check(Lane& lane) {
    HEADRACE_TRY(const std::string line, lane.worker->ask({Command::Kind::kCheck}, options_.hang_seconds, progress_));
    HEADRACE_TRY(lane.outputs, parse_check_answer(line));
    return check_finite(lane.outputs);
  }

  // The first lane with the same model and batch sets the standard.
  static Status check_against_first(const std::vector<Lane>& lanes, const Lane& lane) {
    for (const Lane& other : lanes) {
      if (&other == &lane) return Ok{};
      if (other.result.error.empty() && other.point().model == lane.point().model && other.point().batch == lane.point().batch)
        return check_alike(other.outputs, lane.outputs, other.point().engine);
    }
    return Ok{};
  }

  Result<WindowAnswer> window(Lane& lane, double seconds) {
    Command command{Command::Kind::kWindow};
    command.seconds = seconds;
    command.clients = lane.point().clients;
    HEADRACE_TRY(const std::string line, lane.worker->ask(command, seconds + options_.hang_seconds, progress_));
    return parse_window_answer(line);
  }

  Status warm_up(Lane& lane) {
    if (options_.warmup_seconds == 0) return Ok{};
    HEADRACE_TRY([[maybe_unused]] const WindowAnswer ignored, window(lane, options_.warmup_seconds));
    return Ok{};
  }

  Status measure(Lane& lane) {
    std::this_thread::sleep_for(kSettle);
    HEADRACE_TRY(const WindowAnswer answer, window(lane, options_.seconds / options_.rounds));
    for (const int64_t latency : answer.window.latencies_ns) lane.latencies_ms.push_back(static_cast<double>(latency) / 1e6);
    const auto fastest = std::min_element(answer.window.latencies_ns.begin(), answer.window.latencies_ns.end());
    if (fastest != answer.window.latencies_ns.end()) lane.result.round_min_ms.push_back(static_cast<double>(*fastest) / 1e6);
    lane.wall_seconds += answer.window.wall_seconds;
    lane.result.peak_rss_bytes = answer.peak_rss_bytes;
    return Ok{};
  }

  static void finish(Lane& lane) {
    if (!lane.result.error.empty()) return;
    lane.worker->quit();
    lane.result.samples_ms = thin(lane.latencies_ms);
    const auto samples = static_cast<double>(lane.latencies_ms.size()) * lane.point().batch;
    lane.result.throughput_per_s = lane.wall_seconds > 0 ? samples / lane.wall_seconds : 0;
    lane.result.latency_ms = summarize(std::move(lane.latencies_ms));
    lane.result.outputs = std::move(lane.outputs);
  }

  const BenchOptions& options_;
  const Progress& progress_;
};

}  // namespace

Result<std::vector<BenchResult>> bench(const std::vector<BenchCase>& points, const BenchOptions& options,
                                       const Progress& progress) {
  HEADRACE_CHECK(check_arguments(points, options));
  std::vector<BenchResult> results(points.size());
  const auto total = static_cast<int64_t>(points.size()) * options.rounds;
  int64_t done = 0;
  progress.update("measuring", done, total);
  for (const std::vector<size_t>& group : interleaving_groups(points, kMostWorkers)) {
    std::vector<Lane> lanes(group.size());
    for (size_t i = 0; i < group.size(); ++i) lanes[i].result.point = points[group[i]];
    HEADRACE_CHECK(GroupBench(options, progress).run(lanes, [&] { progress.update("measuring", ++done, total); }));
    for (size_t i = 0; i < group.size(); ++i) results[group[i]] = std::move(lanes[i].result);
  }
  return results;
}

}  // namespace headrace
