#include "serve/repository/parallelism.h"

#include <algorithm>
#include <cmath>

#include "measure/client_loop.h"
#include "serve/repository/warm_up.h"

namespace headrace::serve {
namespace {

constexpr double kTie = 0.97;
constexpr double kGlance = 0.1;      // of the time to measure; for a small model it is enough ...
constexpr size_t kEnoughRuns = 200;  // ... which so many runs show

double throughput(const MeasuredParallelism& measured) {
  return measured.batched_per_s > 0 ? std::sqrt(measured.single_per_s * measured.batched_per_s) : measured.single_per_s;
}

Result<double> rows_per_second(const Sessions& sessions, int clients, int64_t batch, double seconds) {
  HEADRACE_TRY(const std::vector<Tensor> inputs, batch_inputs(sessions.front()->signature(), batch));
  HEADRACE_TRY(Window window, run_window(sessions, inputs, clients, kGlance * seconds));
  if (window.latencies_ns.size() < kEnoughRuns) {
    HEADRACE_TRY(window, run_window(sessions, inputs, clients, seconds));
  }
  return static_cast<double>(window.latencies_ns.size()) * static_cast<double>(std::max<int64_t>(batch, 1)) / window.wall_seconds;
}

Result<MeasuredParallelism> measure(const Parallelism& candidate, const Sessions& sessions, int64_t max_batch_size,
                                    double seconds) {
  MeasuredParallelism measured{candidate};
  HEADRACE_TRY(measured.single_per_s,
               rows_per_second(sessions, candidate.instances, std::min<int64_t>(max_batch_size, 1), seconds));
  if (max_batch_size > 1) {
    HEADRACE_TRY(measured.batched_per_s, rows_per_second(sessions, candidate.instances, max_batch_size, seconds));
  }
  return measured;
}

Result<Sessions> open_for(const OpenSessions& open, const Parallelism& candidate) {
  return open(candidate.threads == 1 ? 1 : candidate.instances, candidate.threads);
}

}  // namespace

std::vector<Parallelism> parallelism_candidates(int cpus, const Parallelism& asked) {
  if (asked.instances > 0 && asked.threads > 0) return {asked};
  if (asked.instances > 0) return {{asked.instances, std::max(1, cpus / asked.instances)}};
  if (asked.threads > 0) return {{std::max(1, cpus / asked.threads), asked.threads}};
  std::vector<Parallelism> candidates{{1, cpus}};
  int power = 1;
  while (power * 2 < cpus) power *= 2;
  for (int threads = power; threads >= 1 && threads < cpus; threads /= 2) candidates.push_back({cpus / threads, threads});
  return candidates;
}

Parallelism fastest(std::span<const MeasuredParallelism> measured) {
  double best = 0;
  for (const MeasuredParallelism& candidate : measured) best = std::max(best, throughput(candidate));
  const MeasuredParallelism* widest = nullptr;
  for (const MeasuredParallelism& candidate : measured)
    if (throughput(candidate) >= kTie * best &&
        (widest == nullptr || candidate.parallelism.threads > widest->parallelism.threads))
      widest = &candidate;
  return widest->parallelism;
}

Result<ParallelSessions> choose_parallelism(const std::vector<Parallelism>& candidates, int64_t max_batch_size, double seconds,
                                            const OpenSessions& open, const Progress& progress) {
  if (candidates.size() == 1) {
    HEADRACE_TRY(Sessions sessions, open_for(open, candidates.front()));
    return ParallelSessions{candidates.front(), std::move(sessions), {}};
  }
  std::vector<MeasuredParallelism> all;
  ParallelSessions chosen;
  for (const Parallelism& candidate : candidates) {
    HEADRACE_CHECK(progress.check());
    progress.update("instances x threads", static_cast<int64_t>(all.size()), static_cast<int64_t>(candidates.size()));
    HEADRACE_TRY(Sessions sessions, open_for(open, candidate));
    const Result<MeasuredParallelism> measured = measure(candidate, sessions, max_batch_size, seconds);
    if (!measured) {
      const Parallelism narrow = candidates.back();
      HEADRACE_TRY(chosen.sessions, open_for(open, narrow));
      chosen.parallelism = narrow;
      chosen.note = "instances and threads were not measured: " + measured.error().describe();
      return chosen;
    }
    all.push_back(*measured);
    const Parallelism now = fastest(all);
    if (now == candidate) chosen = {now, std::move(sessions), {}};
    else if (now != chosen.parallelism) chosen = {now, {}, {}};  // an earlier one within the tie
  }
  if (chosen.sessions.empty()) {
    HEADRACE_TRY(chosen.sessions, open_for(open, chosen.parallelism));
  }
  return chosen;
}

}  // namespace headrace::serve
