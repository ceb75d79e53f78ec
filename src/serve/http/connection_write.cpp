#include <exception>
#include <utility>

#include "serve/http/connection.h"

namespace headrace::serve::http {
namespace {

using std::chrono::milliseconds;

// How long a connection that is to be closed stays open for the peer to read its last answer: closed at once, with bytes of the
// peer's unread, the answer could be lost on its way (RFC 9112, section 9.6).
constexpr milliseconds kLinger{2000};

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace

void Connection::handle() {
  state_ = State::kWaiting;
  deadline_.reset();  // how long an inference takes is the service's to bound
  Reply reply = [self = shared_from_this(), number = number_](std::function<Response()> make) {
    self->worker_->run([self, number, make = std::move(make)] { self->answer(number, make); });
  };
  try {
    shared_->handler.handle(request_, std::move(reply));
  } catch (const std::exception& thrown) {
    if (state_ == State::kWaiting)
      respond(error_response(503, std::string("the request could not be handled: ") + thrown.what()));
  }
  if (state_ == State::kWaiting) read();
}

void Connection::answer(uint64_t number, const std::function<Response()>& make) {
  if (state_ != State::kWaiting || number != number_) return;
  try {
    respond(make());
  } catch (const std::exception& thrown) {
    refuse(error_response(503, std::string("the answer could not be written: ") + thrown.what()));
  }
}

void Connection::refuse(Response response) {
  response.close = true;
  state_ = State::kWaiting;
  respond(std::move(response));
}

void Connection::respond(Response response) {
  response_ = std::move(response);
  if (response_.abandon) {
    log(response_.status, 0);
    state_ = State::kLingering;  // logged: close() shall not do it again
    return close();
  }
  response_.close = response_.close || (ended_ && buffer_.empty()) || !request_.head.keep_alive || shared_->draining;
  enter(State::kWriting, milliseconds(shared_->options.limits.body_timeout_ms));
  response_head_ = response_.head(request_.head.http_1_1);
  std::vector<asio::const_buffer> parts{asio::buffer(response_head_)};
  if (request_.head.method != "HEAD") {
    parts.push_back(asio::buffer(response_.text()));
    for (const Tensor& tensor : response_.tail) parts.push_back(asio::buffer(tensor.bytes().data(), tensor.byte_size()));
  }
  transport_->write(shared_from_this(), parts);
}

void Connection::on_written(bool done) {
  if (state_ == State::kClosed) return;
  if (state_ != State::kInterim) return response_written(done);
  if (!done) return close();
  begin_body();
}

void Connection::response_written(bool done) {
  log(done ? response_.status : 499, response_.content_length());
  const bool last = response_.close;
  response_ = Response();
  request_.body.reset();
  state_ = State::kLingering;
  if (!done) return close();
  if (last) return linger();
  enter(State::kIdle, milliseconds(shared_->options.limits.idle_timeout_ms));
  step();
}

void Connection::linger() {
  enter(State::kLingering, kLinger);
  if (ended_) return close();
  transport_->finish(shared_from_this());
  read();
}

void Connection::check_deadline(Clock::time_point now) {
  if (!deadline_ || now < *deadline_) return;
  if (state_ == State::kHead) return refuse(error_response(408, "the request's header took too long to arrive"));
  if (state_ == State::kBody) return refuse(error_response(408, "the request's body took too long to arrive"));
  close();
}

void Connection::close_if_idle() {
  if (state_ == State::kHandshake || state_ == State::kLingering || (state_ == State::kIdle && buffer_.empty())) close();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  if (state_ == State::kWaiting) request_.cancellation.request();
  if (state_ == State::kWaiting || state_ == State::kWriting) log(499, 0);
  state_ = State::kClosed;
  deadline_.reset();
  transport_->close();
  worker_->remove(self);
  --(turned_away_ ? shared_->turned_away : shared_->connections);
}

void Connection::log(int status, uint64_t response_bytes) const {
  if (!shared_->log || !shared_->log->enabled() || turned_away_) return;
  AccessEntry entry;
  entry.protocol = "http";
  entry.peer = peer_;
  entry.method = request_.head.method;
  entry.path = request_.head.target;
  entry.model = response_.model.empty() ? request_.route.model : response_.model;
  entry.version = response_.version.empty() ? request_.route.version : response_.version;
  entry.request_id = response_.id;
  entry.traceparent = request_.head.traceparent;
  entry.status = status;
  entry.error = response_.error;
  entry.request_bytes = request_.body ? request_.body->size() : 0;
  entry.response_bytes = response_bytes;
  entry.seconds = std::chrono::duration<double>(Clock::now() - request_.arrived).count();
  const RequestTiming& timing = response_.timing;
  entry.queue_seconds = seconds(timing.queue_ns);
  entry.compute_seconds = seconds(timing.compute_input_ns + timing.compute_infer_ns + timing.compute_output_ns);
  shared_->log->write(entry);
}

}  // namespace headrace::serve::http
