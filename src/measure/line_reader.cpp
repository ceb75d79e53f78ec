#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "measure/worker_protocol.h"

namespace headrace {
namespace {

// How long a wait goes on before it looks whether it was asked to stop.
constexpr std::chrono::milliseconds kSlice{50};

}  // namespace

LineReader::Outcome LineReader::next(std::string& line, Deadline deadline, const Progress& progress) {
  std::array<char, 65536> chunk;
  while (true) {
    const size_t newline = buffer_.find('\n', scanned_);
    if (newline != std::string::npos) {
      line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      scanned_ = 0;
      return Outcome::kLine;
    }
    scanned_ = buffer_.size();
    if (progress.stop_requested()) return Outcome::kStopped;
    if (std::chrono::steady_clock::now() >= deadline) return Outcome::kTimeout;
    pollfd waiting{descriptor_, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(kSlice.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t count = ready < 0 ? -1 : read(descriptor_, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Outcome::kEnd;
    buffer_.append(chunk.data(), static_cast<size_t>(count));
  }
}

bool write_line(int descriptor, std::string line) {
  line += '\n';
  for (size_t done = 0; done < line.size();) {
    ssize_t count = send(descriptor, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (count < 0 && errno == ENOTSOCK) count = write(descriptor, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

}  // namespace headrace
