// The limits of a server in gRPC's terms.
#pragma once

#include <grpcpp/server_builder.h>

#include "deploy/serve_options.h"

namespace headrace::serve {

void set_limits(const Limits& limits, grpc::ServerBuilder& builder);

}  // namespace headrace::serve
