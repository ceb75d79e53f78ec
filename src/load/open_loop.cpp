// Every free client takes the next place in the schedule, sleeps until it is due, sends, and waits for the answer. The schedule
// goes on whatever the server does: a stall makes later requests late, and their latency counts from when they were due.
//
// A thread per connection, as in the closed loop: the same short way from socket to clock, and no second client to keep right.
#include <sys/prctl.h>

#include <condition_variable>
#include <deque>
#include <system_error>
#include <thread>

#include "load/drive.h"

namespace headrace::load {
namespace {

constexpr int kSpare = 4;  // free clients below which more are made: a burst finds connections that are open already
constexpr std::chrono::milliseconds kNap{100};  // the longest sleep between looks at whether it is over

class OpenLoop final : public Drive {
 public:
  OpenLoop(const Target& target, Arrivals arrivals, int max_connections)
      : target_(&target), arrivals_(arrivals), max_connections_(max_connections) {}
  ~OpenLoop() override { finish(); }

  Status start() {
    try {
      grower_ = std::thread([this] { grow(); });
    } catch (const std::system_error& error) {
      finished_ = true;
      return io_error(std::string("the system gives no more threads (") + error.what() + ")");
    }
    return Ok{};
  }

  Sample take() override {
    Sample sample = recorders_.take();
    const std::lock_guard lock(mutex_);
    if (not_sent_ > 0) {
      FaultCount& counted = sample.faults[name_of({FaultKind::kNotSent, 0, {}})];
      counted.count += std::exchange(not_sent_, 0);
      counted.example =
          "all " + std::to_string(threads_.size()) + " connections waited for the server until the end (--max-connections)";
    }
    return sample;
  }

  void finish() override {
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      finished_ = true;
      const auto now = Clock::now();
      if (!stopped())
        for (; due_ <= now; due_ = start_ + arrivals_.next()) ++not_sent_;
    }
    changed_.notify_all();
    grower_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  int connections() const override {
    const std::lock_guard lock(mutex_);
    return static_cast<int>(threads_.size());
  }

 private:
  struct Turn {
    size_t index = 0;
    Clock::time_point due;
  };

  bool stopped() const { return target_->progress != nullptr && target_->progress->stop_requested(); }
  bool wants_more() const { return free_ < kSpare && static_cast<int>(threads_.size()) < max_connections_; }

  // The thread that makes clients, so that no client spends its own time on it.
  void grow() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return finished_ || wants_more(); });
      if (finished_) return;
      try {
        threads_.emplace_back([this, &recorder = recorders_.add()] { run(recorder); });
        ++free_;
      } catch (const std::system_error&) {
        max_connections_ = static_cast<int>(threads_.size());  // the system gives no more: those there are must do
      }
    }
  }

  void run(Recorder& recorder) {
    prctl(PR_SET_TIMERSLACK, 1UL);  // the default lets the kernel wake a sleeper 50 us late
    Client client(*target_, recorder);
    client.connect();  // ahead of the first request
    while (true) {
      const auto turn = take_turn();
      if (!turn) return;
      const bool in_time = Clock::now() < turn->due;
      if (!sleep_until(turn->due)) return;
      occupy(1);
      recorder.start(in_time, Clock::now() - turn->due);
      client.call(turn->index, turn->due);
      occupy(-1);
    }
  }

  std::optional<Turn> take_turn() {
    const std::lock_guard lock(mutex_);
    if (finished_) return std::nullopt;
    return Turn{next_++, std::exchange(due_, start_ + arrivals_.next())};
  }

  // Whether the time came; false when all is over before.
  bool sleep_until(Clock::time_point due) {
    while (true) {
      const auto now = Clock::now();
      if (now >= due) return true;
      {
        const std::lock_guard lock(mutex_);
        if (finished_) return false;
      }
      std::this_thread::sleep_until(std::min(due, now + kNap));
    }
  }

  void occupy(int clients) {
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      free_ -= clients;
      more = wants_more() && !finished_;
    }
    if (more) changed_.notify_one();
  }

  const Target* target_;
  Recorders recorders_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Arrivals arrivals_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point due_ = start_ + arrivals_.next();
  size_t next_ = 0;
  int free_ = 0;
  int max_connections_;
  bool finished_ = false;
  uint64_t not_sent_ = 0;
  std::deque<std::thread> threads_;
  std::thread grower_;
};

}  // namespace

Result<std::unique_ptr<Drive>> open_loop(const Target& target, Arrivals arrivals, int max_connections) {
  auto loop = std::make_unique<OpenLoop>(target, arrivals, max_connections);
  HEADRACE_CHECK(loop->start());
  return std::unique_ptr<Drive>(std::move(loop));
}

}  // namespace headrace::load
