// A worker process of bench(), seen from the parent: started, asked, timed out, killed, reaped.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "measure/worker_protocol.h"

namespace headrace {

class WorkerProcess {
 public:
  // Starts `program bench-worker FD FD`, where FD is one end of a socket pair. It has no standard input or output, and a process
  // group of its own, so that Ctrl-C on a terminal reaches only the parent, which then kills it. Errors: io_error.
  static Result<std::unique_ptr<WorkerProcess>> start(const std::filesystem::path& program);
  // Kills what still runs, and reaps it.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // Sends a command and waits for its answer. Errors (the worker is dead after each): cancelled; unavailable when it did not
  // answer within `seconds` (a hang) or ended by itself (the signal or exit status, and its last words on stderr).
  Result<std::string> ask(const Command& command, double seconds, const Progress& progress);
  // Lets it end by itself, as long as that takes less than a second.
  void quit();

 private:
  WorkerProcess(pid_t pid, int socket, int errors) : pid_(pid), socket_(socket), errors_(errors), reader_(socket) {}
  Error ended();
  std::string last_words() const;
  // Waits for the end, with WNOHANG for instance; true when it is over.
  bool reap(int flags);
  void kill_and_reap();

  pid_t pid_;  // 0: reaped
  int status_ = 0;
  int socket_;
  int errors_;  // a memory file that takes the worker's stderr
  LineReader reader_;
};

}  // namespace headrace
