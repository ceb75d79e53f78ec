// Threads for work that would hold up an I/O thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace headrace::serve::http {

class SideThreads {
 public:
  SideThreads(int threads, size_t max_waiting);
  ~SideThreads() { stop(); }
  SideThreads(const SideThreads&) = delete;
  SideThreads& operator=(const SideThreads&) = delete;

  // false: too many are waiting, or stopped; the task will not run.
  bool run(std::function<void()> task);
  // Lets those that run end, forgets those that wait.
  void stop();

 private:
  void work();

  const size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace headrace::serve::http
