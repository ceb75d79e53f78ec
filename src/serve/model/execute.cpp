// Scheduler: from a batch to its answers.
#include <algorithm>
#include <new>

#include "serve/model/scheduler.h"

namespace headrace::serve {
namespace {

int64_t ns_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

RequestTiming timing_of(const RunResult& result, int64_t rows, Clock::time_point now) {
  return {.compute_input_ns = ns_between(result.times.began, result.times.gathered),
          .compute_infer_ns = ns_between(result.times.gathered, result.times.computed),
          .compute_output_ns = ns_between(result.times.computed, now),
          .batch_size = rows};
}

}  // namespace

void Scheduler::execute(Slot& slot, Batch& batch) {
  RunResult result = slot.instance.run(batch.requests, loaded_.signature.outputs.size());
  const bool shared = batch.requests.size() > 1;
  if (!shared || (result.status.ok() && result.divisible)) {
    if (!conclude(slot, batch.requests, result, true)) come_back(slot);
    return;
  }
  if (result.status.ok()) {  // it ran, but its outputs cannot be told apart: such a model runs one by one from now on
    const std::lock_guard lock(mutex_);
    together_ = false;
  }
  result = {};
  run_one_by_one(slot, batch);
}

// So that a request on which the engine fails does not fail those that happened to run with it.
void Scheduler::run_one_by_one(Slot& slot, Batch& batch) {
  for (size_t i = 0; i < batch.requests.size(); ++i) {
    const Requests alone = Requests(batch.requests).subspan(i, 1);
    const bool last = i + 1 == batch.requests.size();
    if (!restart(slot)) return come_back(slot);
    if (!conclude(slot, alone, slot.instance.run(alone, loaded_.signature.outputs.size()), last)) return come_back(slot);
  }
}

// The engine came back: the patience with it begins anew.
bool Scheduler::restart(Slot& slot) {
  const std::lock_guard lock(mutex_);
  slot.started = Clock::now();
  return !slot.given_up;
}

// Answers `requests`, of which `result` came. False when they have been answered already, because it took too long.
bool Scheduler::conclude(Slot& slot, Requests requests, const RunResult& result, bool last) {
  std::vector<Answer> answers = answers_of(requests, result);
  const Clock::time_point now = Clock::now();
  int64_t used_ns = 0;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (slot.given_up) return false;
    if (result.status.ok()) {
      estimate_.record(rows_of(requests), to_seconds(now - slot.started), now);
      learn_short(requests, to_seconds(now - slot.started));
    }
    if (result.status.ok() && rule_.has_batch && !result.divisible) together_ = false;
    for (size_t i = 0; i < requests.size(); ++i) answers[i].respond = std::move(requests[i]->respond);
    used_ns = ns_between(slot.granted, now);
    last_finished_ = now;
    wake = last && slot.lent && !queue_.empty();  // a worker looks into the queue itself, as soon as it has answered
    if (last) free(slot);
  }
  if (last) budget_->release(client_, threads_, used_ns);
  if (wake) work_.notify_one();
  if (result.status.ok()) recorder_.executed(timing_of(result, rows_of(requests), now));
  deliver(std::move(answers), now);
  return true;
}

std::vector<Scheduler::Answer> Scheduler::answers_of(Requests requests, const RunResult& result) const {
  std::vector<Answer> answers;
  answers.reserve(requests.size());
  int64_t first = 0;
  for (const PendingPtr& pending : requests) {
    answers.push_back({nullptr, response_of(*pending, result, first, requests.size() == 1), pending.get()});
    first += pending->rows();
  }
  const RequestTiming timing = timing_of(result, first, Clock::now());
  for (Answer& answer : answers) {
    if (!answer.result) continue;
    answer.result->timing = timing;
    answer.result->timing.queue_ns = ns_between(answer.pending->request.arrived, result.times.began);
  }
  return answers;
}

// Rows are copied where they are strings, or do not begin at a multiple of 8 bytes: memory may end here, which is the end of this
// request and not of the thread.
Result<InferenceResponse> Scheduler::response_of(const Pending& pending, const RunResult& result, int64_t first, bool alone) const
    try {
  if (!result.status.ok()) return engine_error(result.status.error());
  InferenceResponse response{loaded_.name, loaded_.version, pending.request.id, {}, {}};
  response.outputs.reserve(pending.checked.outputs.size());
  for (const size_t output : pending.checked.outputs)
    response.outputs.push_back(
        {loaded_.signature.outputs[output].name,
         alone ? whole_of(result.outputs, output) : rows_of(result.outputs, output, first, pending.rows())});
  return response;
} catch (const std::bad_alloc&) {
  return internal_error("there is no memory for the answer");
}

// What the engine will not take of a shape that the signature leaves open is the request's fault; all else is not.
Error Scheduler::engine_error(const Error& error) const {
  if (free_extents_ && error.code == ErrorCode::kInvalidData)
    return invalid_argument("the model cannot run on inputs of these shapes: " + error.describe());
  return internal_error("the engine failed: " + error.describe());
}

// Without any lock. `now`: when the run was over.
void Scheduler::deliver(std::vector<Answer> answers, Clock::time_point now) {
  for (Answer& answer : answers) {
    const Pending& pending = *answer.pending;
    if (answer.result && pending.expired(now))
      answer.result = deadline_exceeded(
          "the answer was ready " + std::to_string(ns_between(*pending.request.deadline, now) / 1000) + " us after the deadline");
    const Clock::duration total = now - pending.request.arrived;
    if (answer.result) recorder_.succeeded(answer.result->timing, pending.rows(), total);
    else {
      recorder_.failed(answer.result.error().code, total);
      answer.result = std::move(answer.result).error().at(where_);
    }
    headrace::serve::answer(answer.respond, std::move(answer.result));
  }
}

// The engine of a slot that was given up has come back: nobody waits for what it brings, but the instance serves again.
void Scheduler::come_back(Slot& slot) {
  {
    const std::lock_guard lock(mutex_);
    slot.given_up = false;
    --hung_;
    free(slot);
  }
  work_.notify_one();
}

}  // namespace headrace::serve
