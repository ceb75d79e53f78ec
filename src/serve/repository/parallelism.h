// How many instances of a model run at once, and how many threads each has: found by a short measurement.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "engines/engine.h"

namespace headrace::serve {

struct Parallelism {
  int instances = 0;  // 0: not chosen yet
  int threads = 0;    // of each instance; 0: not chosen yet
  bool operator==(const Parallelism&) const = default;
};

// Every way to use `cpus` without using more: all threads for one instance, one for each, powers of two between; widest first.
// What `asked` sets stays, and leaves one way.
std::vector<Parallelism> parallelism_candidates(int cpus, const Parallelism& asked);

struct MeasuredParallelism {
  Parallelism parallelism;
  double single_per_s = 0;   // rows per second in batches of one
  double batched_per_s = 0;  // and in the largest batches; 0: there are none
};

// The one of the highest throughput (the geometric mean of both kinds: a server meets both), or a wider one within 3 % of it,
// whose single answers take less time. `measured` must not be empty.
Parallelism fastest(std::span<const MeasuredParallelism> measured);

using Sessions = std::vector<std::unique_ptr<Session>>;
// Opens `count` sessions of so many threads each. One session of one thread is for as many callers as there are CPUs.
using OpenSessions = std::function<Result<Sessions>(int count, int threads)>;

struct ParallelSessions {
  Parallelism parallelism;
  Sessions sessions;  // one for all instances of one thread (a session runs on its caller), else one each
  std::string note;   // why nothing was measured; empty: it was, or there was only one way
};

// Measures the candidates with random inputs, `seconds` for each kind of batch, and keeps the sessions of the fastest. Where the
// model cannot be run on random inputs, the first choice of most models: one thread for each of as many instances as there are
// CPUs. Errors: those of `open`; cancelled.
Result<ParallelSessions> choose_parallelism(const std::vector<Parallelism>& candidates, int64_t max_batch_size, double seconds,
                                            const OpenSessions& open, const Progress& progress);

}  // namespace headrace::serve
