#include "serve/model/request_queue.h"

#include <algorithm>

namespace headrace::serve {
namespace {

int level_of(const InferenceRequest& request) {
  return request.priority == 0 ? RequestQueue::kDefaultPriority : request.priority;
}

bool same_rows(const Pending& a, const Pending& b) {
  for (size_t i = 0; i < a.checked.inputs.size(); ++i) {
    const Dims &left = a.checked.inputs[i].dims(), &right = b.checked.inputs[i].dims();
    if (!std::equal(left.begin() + 1, left.end(), right.begin() + 1, right.end())) return false;
  }
  return true;
}

// Decides what joins a batch, by deadlines and sizes.
class Composer {
 public:
  Composer(const BatchLimits& limits, const ComputeEstimate* estimate, Clock::time_point now, int64_t available)
      : limits_(limits), estimate_(estimate), now_(now), target_(target_rows(limits, available)) {}

  bool feasible(const Pending& pending, int64_t rows) const {
    return !pending.request.deadline || !estimate_ || ready_by(rows) <= *pending.request.deadline;
  }
  // Whether to give up the first request of a batch: it cannot be finished in time, or only in a batch smaller than what waits
  // behind it would fill. Such small batches would cost more requests their deadlines than this one.
  bool hopeless(const Pending& pending, int64_t behind) const {
    return !feasible(pending, pending.rows()) ||
           (limits_.together && behind >= limits_.max_rows && !feasible(pending, limits_.max_rows));
  }
  bool full(const Batch& batch) const { return !limits_.together || batch.rows >= target_; }
  // Whether `pending` would make the batch too large, or late for a request in it.
  bool too_much(const Batch& batch, const Pending& pending) const {
    const int64_t rows = batch.rows + pending.rows();
    return rows > std::max(target_, batch.rows) ||
           std::ranges::any_of(batch.requests, [&](const PendingPtr& other) { return !feasible(*other, rows); });
  }

 private:
  Clock::time_point ready_by(int64_t rows) const { return now_ + to_duration(estimate_->high_seconds(rows)); }

  const BatchLimits& limits_;
  const ComputeEstimate* estimate_;
  Clock::time_point now_;
  int64_t target_;
};

}  // namespace

int64_t target_rows(const BatchLimits& limits, int64_t available) {
  if (available >= limits.max_rows || limits.preferred == nullptr) return limits.max_rows;
  int64_t target = 0;
  for (const int64_t rows : *limits.preferred)
    if (rows <= available) target = std::max(target, rows);
  return target > 0 ? target : limits.max_rows;
}

bool starts_at_once(const BatchLimits& limits, int64_t available) {
  if (!limits.together || available >= limits.max_rows) return true;
  return limits.preferred != nullptr && std::ranges::any_of(*limits.preferred, [&](int64_t rows) { return rows <= available; });
}

void RequestQueue::push(PendingPtr pending) {
  Level& level = levels_[level_of(pending->request)];
  level.rows += pending->rows();
  rows_ += pending->rows();
  ++requests_;
  level.waiting.push_back(std::move(pending));
}

size_t RequestQueue::requests_before(int priority) const {
  size_t count = 0;
  for (const auto& [number, level] : levels_)
    if (number <= (priority == 0 ? kDefaultPriority : priority)) count += level.waiting.size();
  return count;
}

int64_t RequestQueue::rows_before(int priority) const {
  int64_t count = 0;
  for (const auto& [number, level] : levels_)
    if (number <= (priority == 0 ? kDefaultPriority : priority)) count += level.rows;
  return count;
}

Clock::time_point RequestQueue::start_by(Clock::duration delay, double seconds) const {
  Clock::time_point by = Clock::time_point::max();
  for (const auto& [number, level] : levels_)
    for (const PendingPtr& pending : level.waiting) {
      by = std::min(by, pending->request.arrived + delay);
      if (pending->request.deadline) by = std::min(by, *pending->request.deadline - to_duration(seconds));
    }
  return by;
}

PendingPtr RequestQueue::remove(Level& level, Place& place) {
  PendingPtr pending = std::move(*place);
  place = level.waiting.erase(place);
  level.rows -= pending->rows();
  rows_ -= pending->rows();
  --requests_;
  return pending;
}

bool RequestQueue::drop_dead(Level& level, Place& place, Clock::time_point now, std::vector<Refusal>& refused) {
  const Pending& pending = **place;
  if (pending.request.cancellation.requested())
    refused.push_back({remove(level, place), Error{ErrorCode::kCancelled, "the client went away before its turn came", {}}});
  else if (pending.expired(now))
    refused.push_back({remove(level, place), deadline_exceeded("the deadline passed while the request waited for its turn")});
  else return false;
  return true;
}

void RequestQueue::forget_empty_levels() {
  std::erase_if(levels_, [](const auto& entry) { return entry.second.waiting.empty(); });
}

Batch RequestQueue::take(const BatchLimits& limits, const ComputeEstimate* estimate, Clock::time_point now,
                         std::vector<Refusal>& refused) {
  Batch batch;
  const Composer composer(limits, estimate, now, rows_);
  bool open = true;
  for (auto& [number, level] : levels_) {
    for (Place place = level.waiting.begin(); open && place != level.waiting.end();) {
      if (drop_dead(level, place, now, refused)) continue;
      const Pending& pending = **place;
      if (batch.empty()) {
        if (composer.hopeless(pending, rows_ - pending.rows()))
          refused.push_back({remove(level, place), deadline_exceeded("the request cannot be finished before its deadline")});
        else batch.add(remove(level, place));
      } else if (!same_rows(*batch.requests[0], pending) || !composer.feasible(pending, batch.rows + pending.rows())) {
        ++place;  // it may lead the next batch
      } else if (composer.too_much(batch, pending)) {
        open = false;  // not passed over for a smaller one: first come, first served
      } else {
        batch.add(remove(level, place));
      }
      open = open && !(batch.rows > 0 && composer.full(batch));
    }
    if (!open) break;
  }
  forget_empty_levels();
  return batch;
}

void RequestQueue::sweep(Clock::time_point now, std::vector<Refusal>& refused) {
  for (auto& [number, level] : levels_)
    for (Place place = level.waiting.begin(); place != level.waiting.end();)
      if (!drop_dead(level, place, now, refused)) ++place;
  forget_empty_levels();
}

std::vector<PendingPtr> RequestQueue::take_all() {
  std::vector<PendingPtr> all;
  for (auto& [number, level] : levels_)
    for (PendingPtr& pending : level.waiting) all.push_back(std::move(pending));
  levels_.clear();
  requests_ = 0;
  rows_ = 0;
  return all;
}

}  // namespace headrace::serve
