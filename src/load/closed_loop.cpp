// A thread and a connection for each client. A thread that waits for its own socket has its answer a few microseconds after it
// came; an event loop that serves many has it later.
#include <thread>

#include "load/drive.h"

namespace headrace::load {
namespace {

constexpr std::chrono::milliseconds kPause{20};  // after a connection was refused: a server that is gone is not stormed

class ClosedLoop final : public Drive {
 public:
  ClosedLoop(const Target& target, int clients) : target_(&target) {
    for (int i = 0; i < clients; ++i)
      threads_.emplace_back([this, i, &recorder = recorders_.add()] { run(static_cast<size_t>(i), recorder); });
  }
  ~ClosedLoop() override { stop(); }

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
      } else {
        client.call(index++, Clock::now());
      }
    }
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

std::unique_ptr<Drive> closed_loop(const Target& target, int clients) { return std::make_unique<ClosedLoop>(target, clients); }

}  // namespace headrace::load
