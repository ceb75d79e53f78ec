// Scheduler: the end.
#include <algorithm>

#include "serve/model/scheduler.h"

namespace headrace::serve {
namespace {

// How long an engine that still runs when patience is over is waited for, so that its thread can be joined; then it is left
// behind.
constexpr std::chrono::seconds kGrace{2};
constexpr std::chrono::milliseconds kLongestPatience = std::chrono::hours(24 * 365);  // the clock's own range must not be left

}  // namespace

void Scheduler::hurry() {
  const std::lock_guard lock(mutex_);
  hurried_ = true;
  work_.notify_all();
}

void Scheduler::drain(std::chrono::milliseconds patience) {
  const std::lock_guard one_at_a_time(drain_mutex_);
  hurry();
  std::unique_lock lock(mutex_);
  draining_ = true;
  idle_.wait_for(lock, std::clamp(patience, std::chrono::milliseconds(0), kLongestPatience), [&] { return finished(); });
  stopping_ = true;
  answer_the_rest(lock);
  end_threads(lock);
}

bool Scheduler::finished() const {
  return queue_.empty() && std::ranges::all_of(slots_, [](const Slot& slot) { return !slot.taken || slot.given_up; });
}

void Scheduler::answer_the_rest(std::unique_lock<std::mutex>& lock) {
  const Error error = unavailable("the model was unloaded before the request was finished");
  std::vector<Refusal> refused;
  for (PendingPtr& pending : queue_.take_all()) refused.push_back({std::move(pending), error});
  for (Slot& slot : slots_)
    if (slot.batch != nullptr && !slot.given_up) give_up(slot, error, refused);
  lock.unlock();
  refuse_all(std::move(refused));
  lock.lock();
}

// A thread that is not back by then holds the scheduler, and all that it uses, itself. So does the calling thread, where an
// answer let go of the last reference to the model.
bool Scheduler::all_exited() const {
  return std::ranges::all_of(
      workers_, [](const Worker& worker) { return worker.exited || worker.thread.get_id() == std::this_thread::get_id(); });
}

void Scheduler::end_threads(std::unique_lock<std::mutex>& lock) {
  work_.notify_all();
  watch_.notify_all();
  idle_.wait_for(lock, kGrace, [&] { return all_exited(); });
  std::vector<std::thread> back;
  for (Worker& worker : workers_) {
    if (!worker.thread.joinable()) continue;
    if (worker.exited) back.push_back(std::move(worker.thread));
    else worker.thread.detach();
  }
  workers_.clear();
  lock.unlock();  // the last step of a thread that has exited is to let go of the lock
  for (std::thread& thread : back) thread.join();
}

}  // namespace headrace::serve
