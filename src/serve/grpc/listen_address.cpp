#include "serve/grpc/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace headrace::serve {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) return invalid_argument("the host '" + host + "' cannot be listened on: " + gai_strerror(failure));
  return AddressList(found, freeaddrinfo);
}

// The error of the first address that cannot be bound; 0: all can.
int bind_error(const AddressList& addresses) {
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    const int on = 1;  // as gRPC does: connections that are closing do not keep the port
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool bound = fd >= 0 && bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 1) == 0;
    const int failure = bound ? 0 : errno;
    if (fd >= 0) close(fd);
    if (failure != 0) return failure;
  }
  return 0;
}

}  // namespace

Result<std::string> listen_address(const std::string& host, int port) {
  if (port < 0 || port > 65535) return invalid_argument("there is no port " + std::to_string(port) + " (1 to 65535; 0: any)");
  HEADRACE_CHECK(resolve(host, port));
  const bool bare_v6 = host.find(':') != std::string::npos && host.front() != '[';
  return (bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Error why_not_listening(const std::string& host, int port) {
  const std::string where = "the gRPC server cannot listen on " + host + ", port " + std::to_string(port) + ": ";
  Result<AddressList> addresses = resolve(host, port);
  if (!addresses) return addresses.error();
  switch (const int failure = bind_error(*addresses)) {
    case 0: return io_error(where + "gRPC gave no reason; try again");
    case EADDRINUSE: return io_error(where + "another program listens there; stop it, or choose another port with --grpc-port");
    case EACCES: return io_error(where + "the operating system does not allow it; ports from 1024 on need no special right");
    default: return io_error(where + std::strerror(failure));
  }
}

}  // namespace headrace::serve
