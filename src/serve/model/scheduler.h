// The middle of a model: takes requests in, hands batches to instances, answers. A request's way is in four files:
//
//   admission.cpp  check, refuse or queue; or run it here and now, where handing it over would cost more than computing it
//   scheduler.cpp  workers: wait for requests, then for CPUs, and only then choose the batch, with all that has come meanwhile
//   execute.cpp    run, divide, answer
//   watch.cpp      a thread that answers what the workers cannot: requests that expire while they wait, engines that hang
//   drain.cpp      the end
//
// Exactly one answer per request: a request's `respond` is moved out under the lock by whoever answers it, be it the thread that
// ran it, the watch or drain(); who finds it gone drops what he has. Locks: mutex_ before those of the budget and the statistics;
// nothing is answered and nothing runs under any of them.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "serve/model/batch_rule.h"
#include "serve/model/compute_estimate.h"
#include "serve/model/instance.h"
#include "serve/model/model.h"
#include "serve/model/request_queue.h"
#include "serve/model/statistics_recorder.h"

namespace headrace::serve {

// Its threads hold it: an engine that hangs keeps what it uses.
class Scheduler : public std::enable_shared_from_this<Scheduler> {
 public:
  Scheduler(LoadedModel loaded, std::shared_ptr<CpuBudget> budget);
  ~Scheduler();
  void start();

  // As Model has them.
  void infer(InferenceRequest request, Respond respond);
  void hurry();
  void drain(std::chrono::milliseconds patience);
  Status ready() const;
  ModelStatistics statistics() const;

  const LoadedModel& loaded() const { return loaded_; }
  const BatchRule& rule() const { return rule_; }
  size_t queue_bound() const { return queue_bound_; }
  int instances() const { return static_cast<int>(slots_.size()); }
  int threads() const { return threads_; }

 private:
  // An instance and what it is doing. `instance` belongs to the thread that took the slot, the rest to mutex_.
  struct Slot {
    Instance instance;
    bool taken = false;
    Batch* batch = nullptr;       // what runs; null while a worker still waits for CPUs
    Clock::time_point granted{};  // when it got its CPUs
    Clock::time_point started{};  // the present run
    bool lent = false;            // to a caller of infer(), not to a worker
    bool given_up = false;        // its requests have been answered, its CPUs given back; the engine has not come back yet
  };
  struct Answer {
    Respond respond;
    Result<InferenceResponse> result;
    const Pending* pending;
  };
  struct Worker {
    std::thread thread;
    bool exited = false;
  };

  // admission.cpp
  std::optional<Error> reason_to_refuse(const Pending& pending, Clock::time_point now) const;
  double seconds_until_free(Clock::time_point now) const;
  double seconds_until_done(const Pending& pending, Clock::time_point now) const;
  double backlog_seconds(Clock::time_point now) const;
  Slot* slot_for_caller(const Pending& pending, Clock::time_point now);
  void learn_short(Requests requests, double seconds);
  void refuse(Refusal refusal);
  void refuse_all(std::vector<Refusal> refusals);

  // scheduler.cpp
  void launch(void (Scheduler::*loop)());
  void exit_thread();
  BatchLimits limits() const { return {together_, rule_.max_rows, preferred_.empty() ? nullptr : &preferred_}; }
  Slot* free_slot();
  static void begin(Slot& slot, Batch& batch, Clock::time_point now);
  Slot* wait_for_work(std::unique_lock<std::mutex>& lock);
  void work();
  void serve_slot(Slot& slot, std::unique_lock<std::mutex>& lock);
  void free(Slot& slot);

  // execute.cpp
  void execute(Slot& slot, Batch& batch);
  void run_one_by_one(Slot& slot, Batch& batch);
  bool restart(Slot& slot);
  bool conclude(Slot& slot, Requests requests, const RunResult& result, bool last);
  std::vector<Answer> answers_of(Requests requests, const RunResult& result) const;
  Result<InferenceResponse> response_of(const Pending& pending, const RunResult& result, int64_t first, bool alone) const;
  Error engine_error(const Error& error) const;
  void deliver(std::vector<Answer> answers, Clock::time_point now);
  void come_back(Slot& slot);

  // watch.cpp
  void watch();
  bool busy() const;
  void give_up(Slot& slot, const Error& error, std::vector<Refusal>& refused);
  void give_up_hung(Clock::time_point now, std::vector<Refusal>& refused);
  Error hung_error() const;

  // drain.cpp
  bool finished() const;
  bool all_exited() const;
  void answer_the_rest(std::unique_lock<std::mutex>& lock);
  void end_threads(std::unique_lock<std::mutex>& lock);

  const LoadedModel loaded_;
  const std::shared_ptr<CpuBudget> budget_;
  const CpuBudget::Client client_;
  const std::string where_;  // in front of every error
  const BatchRule rule_;
  const std::vector<int64_t> preferred_;  // ascending, those that are possible
  const int threads_;                     // of each instance
  size_t queue_bound_ = 0;
  bool free_extents_ = false;  // besides the batch: the signature cannot tell all shapes that the model refuses
  StatisticsRecorder recorder_;

  mutable std::mutex mutex_;
  std::condition_variable work_;   // for workers: there may be something to do
  std::condition_variable watch_;  // for the watch: requests come again, or the end
  std::condition_variable idle_;   // for drain(): something ended
  RequestQueue queue_;
  std::deque<Slot> slots_;  // which stay where they are
  ComputeEstimate estimate_;
  size_t short_elements_ = 0;    // of the largest request that was short enough for its caller to run it
  double cpu_wait_seconds_ = 0;  // for CPUs that other models hold, a moving average
  Clock::time_point last_finished_{};
  bool together_ = false;  // requests may share a batch, as far as is known by now
  bool watch_asleep_ = false;
  bool hurried_ = false, draining_ = false, stopping_ = false;
  int hung_ = 0;
  std::deque<Worker> workers_;  // the watch is the first
  std::mutex drain_mutex_;
};

}  // namespace headrace::serve
