#include "serve/http/worker.h"

#include <exception>
#include <utility>
#include <vector>

#include "serve/http/connection.h"

namespace headrace::serve::http {

Worker::Worker(std::chrono::milliseconds tick) : tick_(tick) {
  this->tick();
  thread_ = std::thread([this] { loop(); });
}

void Worker::loop() {
  while (true) {
    try {
      io_.run();
      return;
    } catch (const std::exception&) {
      // Out of memory in a handler: its connection waits for its deadline, the others go on.
    }
  }
}

void Worker::tick() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || closing_) return;
    const Clock::time_point now = Clock::now();
    const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());  // some will leave
    for (const auto& connection : all) connection->check_deadline(now);
    tick();
  });
}

void Worker::add(std::shared_ptr<Connection> connection) { connections_.insert(std::move(connection)); }

void Worker::remove(const std::shared_ptr<Connection>& connection) { connections_.erase(connection); }

void Worker::close_idle() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->close_if_idle();
}

void Worker::close_all() {
  const std::vector<std::shared_ptr<Connection>> all(connections_.begin(), connections_.end());
  for (const auto& connection : all) connection->close();
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    boost::asio::post(io_, [this] {
      close_all();
      closing_ = true;
      timer_.cancel();
      work_.reset();
    });
  }
  thread_.join();
}

}  // namespace headrace::serve::http
