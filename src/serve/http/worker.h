// A thread with an io_context and the connections that live on it.
//
// One io_context per thread, not one for all: a connection's handlers then never run at the same time, without locks or strands,
// and threads do not contend for one queue. New connections go round; what takes long is done on other threads (see handler.h).
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "serve/request.h"

namespace headrace::serve::http {

class Connection;

class Worker {
 public:
  // Looks at the connections' deadlines once per `tick`: cheaper than a timer that is set and reset for each request.
  explicit Worker(std::chrono::milliseconds tick);
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  boost::asio::io_context& io() { return io_; }

  // Runs f on the worker's thread, at once where that is this one. Dropped after stop(): whoever answers then has nobody to
  // answer.
  template <typename F>
  void run(F&& f) {
    if (io_.get_executor().running_in_this_thread()) return f();
    const std::lock_guard lock(mutex_);
    if (!stopped_) boost::asio::post(io_, std::forward<F>(f));
  }

  // On the worker's thread.
  void add(std::shared_ptr<Connection> connection);
  void remove(const std::shared_ptr<Connection>& connection);
  void close_idle();
  void close_all();

  // Closes all connections and joins the thread. Not from the worker's own thread.
  void stop();

 private:
  void loop();
  void tick();

  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  const std::chrono::milliseconds tick_;
  boost::asio::steady_timer timer_{io_};
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::mutex mutex_;
  bool stopped_ = false;
  bool closing_ = false;  // of the worker's thread
  std::thread thread_;
};

}  // namespace headrace::serve::http
