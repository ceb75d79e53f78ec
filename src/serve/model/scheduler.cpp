#include "serve/model/scheduler.h"

#include <algorithm>
#include <system_error>

namespace headrace::serve {
namespace {

constexpr int64_t kBatchesWaiting = 16;  // per instance, where max_queue_size does not say; as ModelOptions tells
constexpr double kWeight = 0.2;          // of the newest wait for CPUs

std::vector<int64_t> possible_sizes(std::vector<int64_t> sizes, int64_t max_rows) {
  std::erase_if(sizes, [&](int64_t rows) { return rows < 1 || rows > max_rows; });
  std::ranges::sort(sizes);
  return sizes;
}

bool has_free_extents(const Signature& signature, bool has_batch) {
  return std::ranges::any_of(signature.inputs, [&](const TensorSpec& spec) {
    return std::any_of(spec.shape.begin() + (has_batch ? 1 : 0), spec.shape.end(), [](const Dim& dim) { return !dim.known(); });
  });
}

}  // namespace

Scheduler::Scheduler(LoadedModel loaded, std::shared_ptr<CpuBudget> budget)
    : loaded_(std::move(loaded)),
      budget_(std::move(budget)),
      client_(budget_->add_client()),
      where_("model '" + loaded_.name + "'"),
      rule_(batch_rule(loaded_.signature, loaded_.options)),
      preferred_(possible_sizes(loaded_.options.preferred_batch_sizes, rule_.max_rows)),
      threads_(std::max(loaded_.options.threads, 1)),
      free_extents_(has_free_extents(loaded_.signature, rule_.has_batch)),
      together_(rule_.together) {
  const int instances = loaded_.sessions.empty() ? 0 : std::max(loaded_.options.instances, 1);
  for (size_t i = 0; i < static_cast<size_t>(instances); ++i)
    slots_.push_back({Instance(loaded_.sessions[i % loaded_.sessions.size()], loaded_.signature.inputs.size())});
  const int64_t bound = loaded_.options.max_queue_size;
  queue_bound_ = static_cast<size_t>(bound > 0 ? bound : kBatchesWaiting * std::max<int64_t>(rule_.max_rows, 1) * instances);
}

Scheduler::~Scheduler() { budget_->remove_client(client_); }

// The system may refuse threads: fewer workers serve the same instances, and without any the model is not ready.
void Scheduler::start() try {
  launch(&Scheduler::watch);
  for (size_t i = 0; i < slots_.size(); ++i) launch(&Scheduler::work);
} catch (const std::system_error&) {
}

void Scheduler::launch(void (Scheduler::*loop)()) {
  const std::lock_guard lock(mutex_);
  workers_.emplace_back();
  try {
    workers_.back().thread = std::thread([self = shared_from_this(), loop] {
      (self.get()->*loop)();
      self->exit_thread();
    });
  } catch (...) {
    workers_.pop_back();
    throw;
  }
}

void Scheduler::exit_thread() {
  const std::lock_guard lock(mutex_);
  for (Worker& worker : workers_)
    if (worker.thread.get_id() == std::this_thread::get_id()) worker.exited = true;
  idle_.notify_all();
}

void Scheduler::begin(Slot& slot, Batch& batch, Clock::time_point now) {
  slot.batch = &batch;
  slot.started = slot.granted = now;
}

Scheduler::Slot* Scheduler::free_slot() {
  const auto slot = std::ranges::find(slots_, false, &Slot::taken);
  return slot == slots_.end() ? nullptr : &*slot;
}

// Under the lock; whoever frees a slot looks at the queue next, or wakes one who does.
void Scheduler::free(Slot& slot) {
  slot.batch = nullptr;
  slot.taken = slot.lent = false;
  if (draining_) idle_.notify_all();
}

Scheduler::Slot* Scheduler::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const Clock::duration delay = std::chrono::microseconds(std::max<int64_t>(loaded_.options.max_queue_delay_us, 0));
  while (!stopping_) {
    Slot* slot = free_slot();
    if (slot == nullptr || queue_.empty()) {
      work_.wait(lock);
      continue;
    }
    if (delay.count() > 0 && !hurried_ && !starts_at_once(limits(), queue_.rows())) {
      const Clock::time_point by = queue_.start_by(delay, estimate_.high_seconds(queue_.rows()));
      if (Clock::now() < by) {
        work_.wait_until(lock, by);
        continue;
      }
    }
    slot->taken = true;
    return slot;
  }
  return nullptr;
}

void Scheduler::work() {
  std::unique_lock lock(mutex_);
  while (Slot* slot = wait_for_work(lock)) serve_slot(*slot, lock);
}

void Scheduler::serve_slot(Slot& slot, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const Clock::time_point asked = Clock::now();
  budget_->acquire(client_, threads_);
  const Clock::time_point now = Clock::now();
  lock.lock();
  cpu_wait_seconds_ += kWeight * (to_seconds(now - asked) - cpu_wait_seconds_);
  std::vector<Refusal> refused;
  Batch batch = queue_.take(limits(), estimate_.fresh(now) ? &estimate_ : nullptr, now, refused);
  if (batch.empty()) {
    free(slot);
  } else {
    begin(slot, batch, now);
  }
  const bool more = !queue_.empty() && free_slot() != nullptr;
  lock.unlock();
  if (batch.empty()) budget_->release(client_, threads_, 0);
  if (more) work_.notify_one();
  refuse_all(std::move(refused));
  if (!batch.empty()) execute(slot, batch);
  batch = {};  // inputs and callbacks go before the lock is taken again
  lock.lock();
}

Status Scheduler::ready() const {
  const std::lock_guard lock(mutex_);
  if (draining_) return unavailable("the model is being unloaded");
  if (workers_.size() < 2)
    return unavailable("the model has no threads: the system refused to start them, or it has no sessions");
  if (hung_ > 0) return hung_error();
  return Ok{};
}

ModelStatistics Scheduler::statistics() const {
  ModelStatistics statistics = recorder_.snapshot();
  statistics.name = loaded_.name;
  statistics.version = loaded_.version;
  const std::lock_guard lock(mutex_);
  statistics.queue_depth = queue_.requests();
  statistics.retry_after_ms = static_cast<uint64_t>(backlog_seconds(Clock::now()) * 1e3 + 0.999);
  return statistics;
}

}  // namespace headrace::serve
