// A thread and a connection for each client. A thread that waits for its own socket has its answer a few microseconds after it
// came; an event loop that serves many has it later.
#include <system_error>
#include <thread>

#include "load/drive.h"

namespace headrace::load {
namespace {

constexpr std::chrono::milliseconds kPause{20};  // after a connection was refused: a server that is gone is not stormed

class ClosedLoop final : public Drive {
 public:
  explicit ClosedLoop(const Target& target) : target_(&target) {}
  ~ClosedLoop() override { stop(); }

  Status start(int clients) {
    try {
      for (int i = 0; i < clients; ++i)
        threads_.emplace_back([this, i, &recorder = recorders_.add()] { run(static_cast<size_t>(i), recorder); });
    } catch (const std::system_error& error) {
      return io_error("the system gives threads for " + std::to_string(threads_.size()) + " of " + std::to_string(clients) +
                      " clients (" + error.what() + "): lower --concurrency, or raise its limit (ulimit -u)");
    }
    return Ok{};
  }

  Sample take() override { return recorders_.take(); }
  void finish() override { stop(); }
  int connections() const override { return static_cast<int>(threads_.size()); }

 private:
  void run(size_t index, Recorder& recorder) {
    Client client(*target_, recorder);
    while (!finished_.load(std::memory_order_relaxed)) {
      if (const auto fault = client.connect()) {
        recorder.failure(*fault);
        std::this_thread::sleep_for(kPause);
      } else if (!client.call(index++, Clock::now()) && target_->back_off) {
        wait(client.retry_after());
      }
    }
  }

  void wait(std::chrono::seconds seconds) const {
    const Clock::time_point end = Clock::now() + seconds;
    while (!finished_.load(std::memory_order_relaxed) && Clock::now() < end) std::this_thread::sleep_for(kPause);
  }

  void stop() {
    finished_ = true;
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }

  const Target* target_;
  Recorders recorders_;
  std::atomic<bool> finished_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Drive>> closed_loop(const Target& target, int clients) {
  auto loop = std::make_unique<ClosedLoop>(target);
  HEADRACE_CHECK(loop->start(clients));
  return std::unique_ptr<Drive>(std::move(loop));
}

}  // namespace headrace::load
