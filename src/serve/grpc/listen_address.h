// Where to listen, and why it did not work.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace::serve {

// As gRPC wants it: "127.0.0.1:8001", "[::1]:8001". Errors: invalid_argument (the host is no address of this machine, by its form
// or by its name; the port is no port).
Result<std::string> listen_address(const std::string& host, int port);

// gRPC says only that it could not listen: this asks the operating system why.
Error why_not_listening(const std::string& host, int port);

}  // namespace headrace::serve
