#include "serve/access_log.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "serve/json_text.h"

namespace headrace::serve {
namespace {

constexpr size_t kQueueBytes = size_t{4} << 20;   // lines that may wait for the disk
constexpr size_t kPathBytes = 200;                // of a path in a line
constexpr size_t kTextBytes = 1000;               // of any other text that a client chooses
constexpr std::chrono::milliseconds kGather{20};  // lines of so long are written together
constexpr int kLookMs = 100;    // how often a writer whose reader does not read looks whether the end has come ...
constexpr int kLastLooks = 10;  // ... and how often after that

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const size_t length = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string fraction = std::to_string(1000 + ms).substr(1);
  return std::string(text, length) + "." + fraction + "Z";
}

class Line {
 public:
  Line() { text_ = "{\"time\":\"" + timestamp() + '"'; }
  Line& text(std::string_view key, std::string_view value, size_t limit = kTextBytes) {
    if (value.empty()) return *this;
    begin(key);
    append_json_string(value.substr(0, limit), text_);
    return *this;
  }
  template <typename T>
  Line& number(std::string_view key, T value) {
    begin(key);
    append_json_number(value, text_);
    return *this;
  }
  std::string finish() && { return std::move(text_) + "}\n"; }

 private:
  void begin(std::string_view key) { text_.append(",\"").append(key).append("\":"); }
  std::string text_;
};

double milliseconds(double seconds) { return std::round(seconds * 1e6) / 1e3; }

std::string line_of(const AccessEntry& entry) {
  Line line;
  line.text("protocol", entry.protocol).text("peer", entry.peer).text("method", entry.method);
  line.text("path", entry.path, kPathBytes).text("model", entry.model).text("version", entry.version);
  line.text("request_id", entry.request_id).text("traceparent", entry.traceparent);
  line.number("status", entry.status).text("error", entry.error);
  line.number("request_bytes", entry.request_bytes).number("response_bytes", entry.response_bytes);
  line.number("ms", milliseconds(entry.seconds)).number("queue_ms", milliseconds(entry.queue_seconds));
  line.number("compute_ms", milliseconds(entry.compute_seconds));
  return std::move(line).finish();
}

class NoLog : public AccessLog {
 public:
  bool enabled() const override { return false; }
  void write(const AccessEntry&) override {}
  void reopen() override {}
  uint64_t dropped() const override { return 0; }
};

// Requests put lines into a queue; one thread writes what has gathered there.
class FileLog : public AccessLog {
 public:
  FileLog(std::string path, int fd) : path_(std::move(path)), fd_(fd), writer_([this] { run(); }) {}
  ~FileLog() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
    if (fd_ != STDOUT_FILENO) ::close(fd_);
  }

  bool enabled() const override { return true; }

  void write(const AccessEntry& entry) override {
    std::string line = line_of(entry);
    const std::lock_guard lock(mutex_);
    if (queued_.size() + line.size() > kQueueBytes) {
      ++dropped_;
      return;
    }
    const bool first = queued_.empty();
    queued_ += line;
    ++queued_lines_;
    if (first) wake_.notify_one();
  }

  void reopen() override {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
    wake_.notify_one();
  }

  uint64_t dropped() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

  static int open_file(const std::string& path) { return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640); }

 private:
  void run() {
    sigset_t pipe;  // a reader of standard output that has gone shall not end the server
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stopping_ || reopen_ || !queued_.empty(); });
      if (!stopping_ && !reopen_) wake_.wait_for(lock, kGather, [this] { return stopping_ || reopen_; });
      const std::string lines = std::exchange(queued_, {});
      const uint64_t count = std::exchange(queued_lines_, 0);
      const bool again = std::exchange(reopen_, false);
      const bool last = stopping_;
      lock.unlock();
      const bool written = lines.empty() || write_all(lines);  // into the old file: what was logged before reopen()
      if (again) open_again();
      lock.lock();
      if (!written) dropped_ += count;
      if (last) return;
    }
  }

  // Whether `fd_` takes a page without blocking. A pipe that nobody reads is given up at the end, not before.
  bool wait_until_writable() {
    for (int looks = 0; looks < kLastLooks;) {
      pollfd ask{fd_, POLLOUT, 0};
      if (::poll(&ask, 1, kLookMs) != 0) return true;  // writing will tell of an error
      const std::lock_guard lock(mutex_);
      if (stopping_) ++looks;
    }
    return false;
  }

  // How many bytes went out; 0: the rest will not. Of what poll() finds writable a pipe takes PIPE_BUF at once.
  size_t write_some(std::string_view bytes) {
    while (wait_until_writable()) {
      const ssize_t n = ::write(fd_, bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
      if (n >= 0 || errno != EINTR) return static_cast<size_t>(std::max<ssize_t>(n, 0));
    }
    return 0;
  }

  // Whether all went out. What follows a torn line begins a line of its own.
  bool write_all(std::string_view lines) {
    const size_t whole = lines.size();
    if (std::exchange(torn_, false) && write_some("\n") == 0) torn_ = true;
    while (!lines.empty()) {
      const size_t written = write_some(lines);
      if (written == 0) {
        torn_ = torn_ || lines.size() != whole;
        return false;
      }
      lines.remove_prefix(written);
    }
    return true;
  }

  // The old file stays where the new one cannot be opened: better there than nowhere.
  void open_again() {
    if (fd_ == STDOUT_FILENO) return;
    const int fd = open_file(path_);
    if (fd < 0) return;
    ::close(std::exchange(fd_, fd));
  }

  const std::string path_;
  int fd_;             // of the writing thread
  bool torn_ = false;  // of the writing thread
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::string queued_;
  uint64_t queued_lines_ = 0, dropped_ = 0;
  bool stopping_ = false, reopen_ = false;
  std::thread writer_;  // last: it uses all of the above
};

}  // namespace

Result<std::shared_ptr<AccessLog>> AccessLog::open(const std::string& path) {
  if (path.empty()) return std::shared_ptr<AccessLog>(std::make_shared<NoLog>());
  const int fd = path == "-" ? STDOUT_FILENO : FileLog::open_file(path);
  if (fd < 0)
    return io_error("the access log cannot be opened: " + std::generic_category().message(errno) +
                    "; name a file in a folder that this user may write to")
        .at(path);
  return std::shared_ptr<AccessLog>(std::make_shared<FileLog>(path, fd));
}

}  // namespace headrace::serve
