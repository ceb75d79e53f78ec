// What all connections of a server share. It outlives the server where an answer of the service is still to come.
#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "deploy/serve_options.h"
#include "serve/access_log.h"
#include "serve/http/body_buffer.h"
#include "serve/http/handler.h"

namespace headrace::serve::http {

struct Shared {
  Shared(Service& service, const ServerOptions& given, std::shared_ptr<AccessLog> access_log)
      : options(given),
        log(std::move(access_log)),
        handler(service, options),
        bodies(std::make_shared<BodyMemory>(options.limits.max_body_bytes_in_flight, options.limits.max_body_bytes)) {}

  const ServerOptions options;
  const std::shared_ptr<AccessLog> log;  // may be null
  Handler handler;
  const std::shared_ptr<BodyMemory> bodies;
  std::optional<boost::asio::ssl::context> tls;
  std::atomic<int> connections{0}, turned_away{0};
  std::atomic<bool> draining{false};
};

}  // namespace headrace::serve::http
