// The requests that wait for one model, by priority and then first come first served, and which of them make the next batch.
//
// Not thread-safe: the scheduler's lock guards it.
#pragma once

#include <list>
#include <map>
#include <vector>

#include "serve/model/compute_estimate.h"
#include "serve/model/pending.h"

namespace headrace::serve {

// How a batch is put together.
struct BatchLimits {
  bool together = false;                            // more than one request
  int64_t max_rows = 1;                             // where together
  const std::vector<int64_t>* preferred = nullptr;  // ascending
};

class RequestQueue {
 public:
  // A request that asks for no priority has this one: there is room for one level before it and for many behind it.
  static constexpr int kDefaultPriority = 2;

  void push(PendingPtr pending);

  size_t requests() const { return requests_; }
  int64_t rows() const { return rows_; }
  bool empty() const { return requests_ == 0; }
  // Of those that a request of this priority would wait for.
  size_t requests_before(int priority) const;
  int64_t rows_before(int priority) const;
  // When a batch has to begin so that nobody waits longer than `delay`, nor misses a deadline by waiting, if it takes `seconds`.
  Clock::time_point start_by(Clock::duration delay, double seconds) const;

  // Takes the next batch: the first request, and those behind it that have its row extents, while they fit. On the way it drops
  // into `refused` what is cancelled, is expired or, by `estimate` (null: none that may be trusted), cannot be finished in time.
  Batch take(const BatchLimits& limits, const ComputeEstimate* estimate, Clock::time_point now, std::vector<Refusal>& refused);
  // Drops what is cancelled or expired.
  void sweep(Clock::time_point now, std::vector<Refusal>& refused);
  std::vector<PendingPtr> take_all();

 private:
  struct Level {
    std::list<PendingPtr> waiting;
    int64_t rows = 0;
  };
  using Levels = std::map<int, Level>;
  using Place = std::list<PendingPtr>::iterator;

  PendingPtr remove(Level& level, Place& place);  // moves `place` on
  bool drop_dead(Level& level, Place& place, Clock::time_point now, std::vector<Refusal>& refused);
  void forget_empty_levels();

  Levels levels_;
  size_t requests_ = 0;
  int64_t rows_ = 0;
};

// The rows the next batch aims at when `available` wait: the largest preferred number there is enough for, else all that fit.
int64_t target_rows(const BatchLimits& limits, int64_t available);
// Whether `available` rows make a batch that need not wait for more.
bool starts_at_once(const BatchLimits& limits, int64_t available);

}  // namespace headrace::serve
