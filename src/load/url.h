// The address of a server: http://HOST[:PORT][/PREFIX].
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace::load {

struct Url {
  std::string host;    // a name or an address, IPv6 without its brackets
  std::string port;    // "80" where none is given
  std::string prefix;  // in front of every path, such as "/gateway"; empty, or begins with '/' and does not end with it

  std::string authority() const;  // "localhost:8000", "[::1]:8000": the Host header
  std::string text() const;       // "http://localhost:8000/gateway"
};

// "http://" may be left out. Errors: invalid_argument saying which part is wrong; unsupported for https and grpc.
Result<Url> parse_url(std::string_view text);

// `text` as one segment of a path: everything but letters, digits and -._~ as %XX.
std::string escape_segment(std::string_view text);

}  // namespace headrace::load
