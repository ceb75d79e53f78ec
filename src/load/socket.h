// A TCP connection for one thread: it waits in the kernel for its own socket and nothing else, the shortest way from an answer's
// arrival to the clock. TCP_NODELAY, so that a request leaves at once.
#pragma once

#include <netinet/in.h>
#include <sys/uio.h>

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "load/fault.h"
#include "load/url.h"

namespace headrace::load {

// Where a URL leads; looked up once, so that no request waits for a name server.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};

// Errors: not_found where the name leads nowhere.
Result<Endpoint> resolve(const Url& url);

// How long to wait: until the deadline, or until somebody asks to stop.
struct Patience {
  Clock::time_point deadline;
  const Progress* progress = nullptr;  // may be null
};

class Socket {
 public:
  Socket() = default;
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;

  std::optional<Fault> connect(const Endpoint& endpoint, const Patience& patience);
  // Sends all of `parts`, which it uses up, without copying them.
  std::optional<Fault> send(std::span<iovec> parts, const Patience& patience);
  // Waits for some bytes; `received` 0 is the end of the stream.
  std::optional<Fault> receive(std::span<char> into, size_t& received, const Patience& patience);

  bool is_open() const { return descriptor_ >= 0; }
  // Whether the server has closed the connection meanwhile (or sent what nobody asked for): not to be used again.
  bool is_stale() const;
  void close();

 private:
  std::optional<Fault> wait_for(short events, const Patience& patience) const;
  int descriptor_ = -1;
};

}  // namespace headrace::load
