#include "measure/worker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>

extern char** environ;

namespace headrace {
namespace {

std::string format_seconds(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g s", seconds);
  return text.data();
}

// posix_spawn's two argument objects, set up for a worker.
class SpawnSetup {
 public:
  SpawnSetup(int socket, int errors) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, socket, socket);  // onto itself: clears close-on-exec
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// The process id, or minus the error number.
pid_t spawn(const std::filesystem::path& program, int socket, int errors) {
  SpawnSetup setup(socket, errors);
  std::string path = program.string(), verb = "bench-worker", descriptor = std::to_string(socket);
  std::array<char*, 5> arguments{path.data(), verb.data(), descriptor.data(), descriptor.data(), nullptr};
  pid_t pid = 0;
  const int problem = posix_spawn(&pid, path.c_str(), &setup.actions, &setup.attributes, arguments.data(), environ);
  return problem == 0 ? pid : -problem;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const std::filesystem::path& program) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return io_error(std::string("cannot make a socket pair for a benchmark worker: ") + std::strerror(errno));
  const int errors = memfd_create("headrace-worker-stderr", MFD_CLOEXEC);
  const pid_t pid = errors < 0 ? -errno : spawn(program, ends[1], errors);
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    if (errors >= 0) close(errors);
    return io_error("cannot start the benchmark worker '" + program.string() + "': " + std::strerror(-pid));
  }
  return std::unique_ptr<WorkerProcess>(new WorkerProcess(pid, ends[0], errors));
}

WorkerProcess::~WorkerProcess() {
  kill_and_reap();
  close(socket_);
  close(errors_);
}

Result<std::string> WorkerProcess::ask(const Command& command, double seconds, const Progress& progress) {
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
  if (pid_ == 0 || !write_line(socket_, encode(command))) return ended();
  std::string line;
  switch (reader_.next(line, deadline, progress)) {
    case LineReader::Outcome::kLine: return line;
    case LineReader::Outcome::kEnd: return ended();
    case LineReader::Outcome::kStopped: kill_and_reap(); return cancelled();
    case LineReader::Outcome::kTimeout: break;
  }
  kill_and_reap();
  return unavailable("it did not answer for " + format_seconds(seconds) +
                     ": it hangs, or needs longer than the limit; its process was killed");
}

void WorkerProcess::quit() {
  if (pid_ == 0) return;
  write_line(socket_, encode(Command{}));
  for (int i = 0; i < 100 && !reap(WNOHANG); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  kill_and_reap();
}

// The socket is closed on the other side: the process has ended, or is about to.
Error WorkerProcess::ended() {
  for (int i = 0; i < 100 && pid_ != 0 && !reap(WNOHANG); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  kill_and_reap();
  std::string message =
      WIFSIGNALED(status_)
          ? "its process was ended by signal " + std::to_string(WTERMSIG(status_)) + " (" + strsignal(WTERMSIG(status_)) + ")"
          : "its process ended with exit status " + std::to_string(WEXITSTATUS(status_)) + " before it answered";
  if (const std::string words = last_words(); !words.empty()) message += "; it wrote: " + words;
  return unavailable(std::move(message));
}

// The end of the worker's stderr, on one line.
std::string WorkerProcess::last_words() const {
  constexpr off_t kMost = 400;
  const off_t size = lseek(errors_, 0, SEEK_END);
  std::string text(static_cast<size_t>(std::min(std::max<off_t>(size, 0), kMost)), '\0');
  const ssize_t count = pread(errors_, text.data(), text.size(), std::max<off_t>(size - kMost, 0));
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

bool WorkerProcess::reap(int flags) {
  if (pid_ == 0) return true;
  pid_t done = 0;
  do done = waitpid(pid_, &status_, flags);
  while (done < 0 && errno == EINTR);
  if (done != 0) pid_ = 0;  // ended, or (an error) not ours to wait for
  return pid_ == 0;
}

void WorkerProcess::kill_and_reap() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  reap(0);
}

}  // namespace headrace
