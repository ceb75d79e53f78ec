// What each operation does: a request whose body is complete goes in, a response comes out, at once or later. Between the
// connection, which knows bytes, and the service, which knows models.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "deploy/serve_options.h"
#include "serve/cancellation.h"
#include "serve/http/body_buffer.h"
#include "serve/http/request_head.h"
#include "serve/http/response.h"
#include "serve/http/route.h"
#include "serve/http/side_threads.h"
#include "serve/service.h"

namespace headrace::serve::http {

struct Request {
  RequestHead head;
  Route route;
  std::shared_ptr<BodyBuffer> body;  // empty: there is none
  Clock::time_point arrived;
  Cancellation cancellation;

  std::span<const std::byte> bytes() const { return body ? body->bytes() : std::span<const std::byte>(); }
};

// Called exactly once a request, from any thread: runs what it is given on the connection's own thread (at once where it is
// called there) and sends the response that comes out. So answers are written out as JSON there, and not on the threads that
// compute.
using Reply = std::function<void(std::function<Response()>)>;

class Handler {
 public:
  Handler(Service& service, const ServerOptions& options);
  // No reply comes after stop() but those of the service itself.
  void stop();
  void handle(const Request& request, Reply reply);

 private:
  Response answer_at_once(const Request& request) const;
  Response model_ready(const Route& route) const;
  Response index(const Request& request) const;
  void infer(const Request& request, Reply reply);
  void picture(const Request& request, Reply reply);
  void control(const Request& request, Reply reply);

  Service& service_;
  const Limits limits_;
  SideThreads control_threads_;  // loading a model takes seconds
  SideThreads picture_threads_;  // decoding one takes milliseconds, for which no other connection shall wait
};

}  // namespace headrace::serve::http
