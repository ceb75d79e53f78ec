#include "load/socket.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace headrace::load {
namespace {

constexpr std::chrono::milliseconds kSlice{200};  // after which a waiting thread looks whether it shall stop

std::string reason(int error) { return std::strerror(error); }

Fault refused(int error) {
  const FaultKind kind = error == ETIMEDOUT ? FaultKind::kTimeout : FaultKind::kRefused;
  return {kind, 0, "cannot connect: " + reason(error)};
}

Fault reset(int error) { return {FaultKind::kReset, 0, "the connection broke: " + reason(error)}; }

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// Takes `sent` bytes off the front of `parts`.
std::span<iovec> advance(std::span<iovec> parts, size_t sent) {
  while (!parts.empty() && sent >= parts.front().iov_len) {
    sent -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (sent > 0) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + sent;
    parts.front().iov_len -= sent;
  }
  return parts;
}

}  // namespace

Result<Endpoint> resolve(const Url& url) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
  if (error != 0) return not_found("no such host: " + std::string(gai_strerror(error))).at(url.text());
  // IPv4 first where a name has both: servers on one machine listen there by default.
  const addrinfo* best = found;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next)
    if (entry->ai_family == AF_INET && best->ai_family != AF_INET) best = entry;
  Endpoint endpoint;
  std::memcpy(&endpoint.address, best->ai_addr, best->ai_addrlen);
  endpoint.length = best->ai_addrlen;
  freeaddrinfo(found);
  return endpoint;
}

std::optional<Fault> Socket::wait_for(short events, const Patience& patience) const {
  while (true) {
    if (patience.progress != nullptr && patience.progress->stop_requested()) return Fault{FaultKind::kStopped, 0, "stopped"};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience.deadline - Clock::now());
    if (left.count() <= 0) return Fault{FaultKind::kTimeout, 0, "no complete answer in time (--timeout-ms)"};
    pollfd entry{descriptor_, events, 0};
    if (poll(&entry, 1, static_cast<int>(std::min(left, kSlice).count())) > 0) return std::nullopt;
  }
}

std::optional<Fault> Socket::connect(const Endpoint& endpoint, const Patience& patience) {
  close();
  descriptor_ = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return refused(errno);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int error = 0;
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.length) != 0) error = errno;
  if (error == EINPROGRESS) {
    if (auto fault = wait_for(POLLOUT, patience)) {
      close();
      return fault;
    }
    socklen_t size = sizeof error;
    getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) return std::nullopt;
  close();
  return refused(error);
}

std::optional<Fault> Socket::send(std::span<iovec> parts, const Patience& patience) {
  while (!parts.empty()) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      parts = advance(parts, static_cast<size_t>(sent));
    } else if (!would_block(errno)) {
      return reset(errno);
    } else if (auto fault = wait_for(POLLOUT, patience)) {
      return fault;
    }
  }
  return std::nullopt;
}

std::optional<Fault> Socket::receive(std::span<char> into, size_t& received, const Patience& patience) {
  while (true) {
    if (auto fault = wait_for(POLLIN, patience)) return fault;
    const ssize_t count = recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
    if (count >= 0) {
      received = static_cast<size_t>(count);
      return std::nullopt;
    }
    if (!would_block(errno)) return reset(errno);
  }
}

bool Socket::is_stale() const {
  pollfd entry{descriptor_, POLLIN, 0};
  return poll(&entry, 1, 0) > 0;
}

void Socket::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace headrace::load
