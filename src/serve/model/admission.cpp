// Scheduler: what happens to a request before it waits.
#include <algorithm>

#include "serve/model/scheduler.h"

namespace headrace::serve {
namespace {

// The caller runs the request itself when computing takes no longer than this, which a wake-up of another thread may take ...
constexpr double kShortSeconds = 150e-6;
constexpr int64_t kRunsToBeSure = 5;
// ... and, beyond what is shorter than any wake-up, only when the model was idle before: a front end's thread that always
// computes itself would read requests one by one, and none would share a batch.
constexpr double kTrivialSeconds = 20e-6;
constexpr std::chrono::microseconds kQuiet{30};

// An answer given by the caller's thread may bring the next request at once, inside the first: only the outermost runs here.
thread_local bool runs_here = false;

std::string milliseconds(double seconds) { return std::to_string(static_cast<int64_t>(seconds * 1e3 + 0.5)) + " ms"; }

}  // namespace

void Scheduler::infer(InferenceRequest request, Respond respond) {
  auto pending = std::make_unique<Pending>(Pending{std::move(request), {}, std::move(respond)});
  Result<CheckedRequest> checked = check_request(loaded_.signature, rule_, pending->request);
  if (!checked) return refuse({std::move(pending), std::move(checked).error()});
  pending->checked = std::move(*checked);
  if (!pending->request.deadline && loaded_.options.default_deadline_ms > 0)
    pending->request.deadline = pending->request.arrived + std::chrono::milliseconds(loaded_.options.default_deadline_ms);

  std::unique_lock lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (std::optional<Error> reason = reason_to_refuse(*pending, now)) {
    lock.unlock();
    return refuse({std::move(pending), std::move(*reason)});
  }
  if (watch_asleep_) watch_.notify_one();
  if (Slot* slot = slot_for_caller(*pending, now)) {
    Batch batch;
    batch.add(std::move(pending));
    begin(*slot, batch, now);
    slot->lent = true;
    lock.unlock();
    runs_here = true;
    execute(*slot, batch);
    runs_here = false;
    return;
  }
  queue_.push(std::move(pending));
  const bool wake = free_slot() != nullptr;  // otherwise whoever frees one looks into the queue
  lock.unlock();
  if (wake) work_.notify_one();
}

std::optional<Error> Scheduler::reason_to_refuse(const Pending& pending, Clock::time_point now) const {
  if (draining_) return unavailable("the model is being unloaded");
  if (workers_.size() < 2) return unavailable("the model has no threads to run on");
  if (hung_ == instances()) return hung_error();
  if (pending.request.cancellation.requested()) return Error{ErrorCode::kCancelled, "the client went away", {}};
  if (pending.expired(now)) return deadline_exceeded("the deadline had passed when the request came");
  if (queue_.requests() >= queue_bound_)
    return overloaded("the queue is full: " + std::to_string(queue_.requests()) + " requests wait, which will take about " +
                      milliseconds(backlog_seconds(now)) + "; try again then");
  if (!pending.request.deadline || !estimate_.fresh(now)) return std::nullopt;
  const double wanted = seconds_until_done(pending, now);
  if (now + to_duration(wanted) <= *pending.request.deadline) return std::nullopt;
  return deadline_exceeded("the request would be answered in about " + milliseconds(wanted) + ", " +
                           milliseconds(wanted - to_seconds(*pending.request.deadline - now)) + " after its deadline; " +
                           std::to_string(queue_.requests()) + " requests wait");
}

double Scheduler::seconds_until_free(Clock::time_point now) const {
  double soonest = -1;
  for (const Slot& slot : slots_) {
    if (slot.given_up) continue;
    double seconds = 0;
    if (slot.batch != nullptr) seconds = std::max(estimate_.mean_seconds(slot.batch->rows) - to_seconds(now - slot.started), 0.0);
    else if (slot.taken) seconds = cpu_wait_seconds_;
    soonest = soonest < 0 ? seconds : std::min(soonest, seconds);
  }
  return std::max(soonest, 0.0);
}

double Scheduler::seconds_until_done(const Pending& pending, Clock::time_point now) const {
  const int64_t full = together_ ? rule_.max_rows : pending.rows();
  const auto requests = static_cast<double>(queue_.requests_before(pending.request.priority));
  const int64_t rows = queue_.rows_before(pending.request.priority);
  const double batches = together_ ? static_cast<double>(rows / full) : requests;
  const double turn = batches * (estimate_.mean_seconds(full) + cpu_wait_seconds_) / std::max(instances() - hung_, 1);
  const int64_t own = together_ ? std::min(rows % full + pending.rows(), full) : pending.rows();
  return seconds_until_free(now) + turn + estimate_.high_seconds(own);
}

double Scheduler::backlog_seconds(Clock::time_point now) const {
  const int64_t full = std::max<int64_t>(together_ ? rule_.max_rows : 1, 1);
  const double batches =
      static_cast<double>(together_ ? queue_.rows() : static_cast<int64_t>(queue_.requests())) / static_cast<double>(full);
  return seconds_until_free(now) +
         batches * (estimate_.mean_seconds(full) + cpu_wait_seconds_) / std::max(instances() - hung_, 1);
}

Scheduler::Slot* Scheduler::slot_for_caller(const Pending& pending, Clock::time_point now) {
  if (runs_here || !queue_.empty() || estimate_.runs(pending.rows()) < kRunsToBeSure) return nullptr;
  const double seconds = estimate_.mean_seconds(pending.rows());
  if (seconds > kShortSeconds || (seconds > kTrivialSeconds && now - last_finished_ < kQuiet)) return nullptr;
  if (free_extents_ && pending.elements() > short_elements_) return nullptr;
  if (loaded_.options.max_queue_delay_us > 0 && !starts_at_once(limits(), pending.rows())) return nullptr;
  Slot* slot = free_slot();
  if (slot == nullptr || !budget_->try_acquire(client_, threads_)) return nullptr;
  slot->taken = true;
  return slot;
}

// Rows of any length count as one in the estimate: how long the largest that was short was tells of the others.
void Scheduler::learn_short(Requests requests, double seconds) {
  if (requests.size() == 1 && seconds <= kShortSeconds) short_elements_ = std::max(short_elements_, requests[0]->elements());
}

void Scheduler::refuse(Refusal refusal) {
  Pending& pending = *refusal.pending;
  recorder_.failed(refusal.error.code, Clock::now() - pending.request.arrived);
  answer(pending.respond, std::move(refusal.error).at(where_));
}

void Scheduler::refuse_all(std::vector<Refusal> refusals) {
  for (Refusal& refusal : refusals) refuse(std::move(refusal));
}

}  // namespace headrace::serve
