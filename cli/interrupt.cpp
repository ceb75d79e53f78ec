#include "interrupt.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "base/temporaries.h"
#include "error.h"

namespace headrace::cli {
namespace {

std::atomic<bool> stop_requested{false};

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// A thread that waits for signals may do what a signal handler may not: remove folders, for one.
void wait_for_signals() {
  const sigset_t signals = watched_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  stop_requested = true;
  if (isatty(STDERR_FILENO)) std::fputs("\nstopping; once more to leave at once\n", stderr);
  sigwait(&signals, &signal);
  remove_temporaries();
  _exit(kInterrupted);
}

}  // namespace

const std::atomic<bool>* watch_for_interrupt() {
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by every thread to come
  std::thread(wait_for_signals).detach();
  return &stop_requested;
}

}  // namespace headrace::cli
