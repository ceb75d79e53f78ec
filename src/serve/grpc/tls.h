// The server's certificate and key.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve {

// Plain text where neither a certificate nor a key is named. Errors: invalid_argument (only one of the two, a file that cannot be
// read or is not PEM, a key that is not the certificate's), since gRPC would not say which.
Result<std::shared_ptr<grpc::ServerCredentials>> server_credentials(const Access& access);

}  // namespace headrace::serve
