// What a server says when it is ready.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/serve_options.h"
#include "serve/repository/served_version.h"

namespace headrace::serve {

// A port of 0: no such front end.
std::string ready_line(const std::vector<ServedPointer>& served, const ServerOptions& options, uint16_t http_port,
                       uint16_t grpc_port);

}  // namespace headrace::serve
