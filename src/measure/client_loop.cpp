#include "measure/client_loop.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <thread>

namespace headrace {
namespace {

using Clock = std::chrono::steady_clock;

int64_t nanoseconds(Clock::duration duration) { return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count(); }

class Client {
 public:
  Client(Session& session, std::span<const Tensor> inputs) : session_(&session), inputs_(inputs) { latencies.reserve(4096); }

  // The call that allocates outputs and fills caches.
  void warm_up() {
    if (auto status = session_->run(inputs_, outputs_); !status) error = std::move(status).error();
  }

  void loop(Clock::time_point deadline, std::atomic<bool>& failed) {
    auto now = Clock::now();
    do {
      const auto start = Clock::now();
      auto status = session_->run(inputs_, outputs_);
      now = Clock::now();
      if (!status) {
        error = std::move(status).error();
        failed = true;
        return;
      }
      latencies.push_back(nanoseconds(now - start));
    } while (now < deadline && !failed.load(std::memory_order_relaxed));
  }

  std::vector<int64_t> latencies;
  std::optional<Error> error;

 private:
  Session* session_;
  std::span<const Tensor> inputs_;
  std::vector<Tensor> outputs_;
};

// All clients warm up, wait for each other, and start together. Returns when they started and when the last one was back.
std::pair<Clock::time_point, Clock::time_point> drive(std::vector<Client>& clients, Clock::duration length) {
  std::atomic<bool> failed{false};
  std::latch ready(static_cast<std::ptrdiff_t>(clients.size()));
  std::vector<Clock::time_point> starts(clients.size());
  const auto body = [&](size_t index) {
    clients[index].warm_up();
    if (clients[index].error) failed = true;
    ready.arrive_and_wait();
    starts[index] = Clock::now();
    if (!failed) clients[index].loop(starts[index] + length, failed);
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < clients.size(); ++i) threads.emplace_back(body, i);
  body(0);
  for (std::thread& thread : threads) thread.join();
  auto first = starts.front();
  for (const auto start : starts) first = std::min(first, start);
  return {first, Clock::now()};
}

}  // namespace

Result<Window> run_window(std::span<const std::unique_ptr<Session>> sessions, std::span<const Tensor> inputs, int clients,
                          double seconds) {
  if (sessions.empty() || clients < 1) return invalid_argument("a window needs at least one session and one client");
  std::vector<Client> all;
  for (size_t i = 0; i < static_cast<size_t>(clients); ++i) all.emplace_back(*sessions[i % sessions.size()], inputs);
  const auto [start, end] = drive(all, std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));

  Window window;
  window.wall_seconds = std::chrono::duration<double>(end - start).count();
  for (Client& client : all) {
    if (client.error) return std::move(*client.error);
    window.latencies_ns.insert(window.latencies_ns.end(), client.latencies.begin(), client.latencies.end());
  }
  return window;
}

}  // namespace headrace
