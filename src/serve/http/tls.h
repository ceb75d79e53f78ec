// The TLS context of a server.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve::http {

// Nothing where no certificate is given. Errors: invalid_argument (only one of certificate and key, unreadable, not a pair).
Status load_tls(const Access& access, std::optional<boost::asio::ssl::context>& tls);

}  // namespace headrace::serve::http
