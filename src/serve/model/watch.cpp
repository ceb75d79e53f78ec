// Scheduler: the watch, a thread that looks every few milliseconds while there is anything to look at, and sleeps otherwise.
#include <algorithm>

#include "serve/model/scheduler.h"

namespace headrace::serve {
namespace {

constexpr std::chrono::milliseconds kTick{25};
// How long it goes on looking when nothing happens: with requests now and then, each would have to wake it.
constexpr int kIdleTicks = 40;

}  // namespace

void Scheduler::watch() {
  std::unique_lock lock(mutex_);
  for (int idle_ticks = 0; !stopping_;) {
    if (idle_ticks < kIdleTicks) {
      watch_.wait_for(lock, kTick);
    } else {
      watch_asleep_ = true;
      watch_.wait(lock, [&] { return stopping_ || busy(); });
      watch_asleep_ = false;
      idle_ticks = 0;
    }
    idle_ticks = busy() ? 0 : idle_ticks + 1;
    std::vector<Refusal> refused;
    const Clock::time_point now = Clock::now();
    queue_.sweep(now, refused);
    give_up_hung(now, refused);
    if (refused.empty()) continue;
    if (draining_) idle_.notify_all();
    lock.unlock();
    refuse_all(std::move(refused));
    lock.lock();
  }
}

bool Scheduler::busy() const { return !queue_.empty() || std::ranges::any_of(slots_, &Slot::taken); }

// Takes the requests of a running slot away from the thread that runs it, which will find them gone, and gives its CPUs back.
void Scheduler::give_up(Slot& slot, const Error& error, std::vector<Refusal>& refused) {
  slot.given_up = true;
  ++hung_;
  for (const PendingPtr& pending : slot.batch->requests) {
    if (!pending->respond) continue;           // answered before, when requests run one by one
    auto taken = std::make_unique<Pending>();  // the original stays: the engine reads its tensors
    taken->request.arrived = pending->request.arrived;
    taken->respond = std::move(pending->respond);
    pending->respond = nullptr;
    refused.push_back({std::move(taken), error});
  }
  const auto used = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - slot.granted);
  budget_->release(client_, threads_, used.count());
}

void Scheduler::give_up_hung(Clock::time_point now, std::vector<Refusal>& refused) {
  const std::chrono::seconds patience(loaded_.options.hang_seconds);
  for (Slot& slot : slots_)
    if (slot.batch != nullptr && !slot.given_up && patience.count() > 0 && now - slot.started > patience)
      give_up(slot, hung_error(), refused);
  if (hung_ == 0 || hung_ < instances()) return;
  for (PendingPtr& pending : queue_.take_all()) refused.push_back({std::move(pending), hung_error()});
}

Error Scheduler::hung_error() const {
  return unavailable("an engine has not come back for " + std::to_string(loaded_.options.hang_seconds) +
                     " s; if it does not recover, the server has to be started again");
}

}  // namespace headrace::serve
