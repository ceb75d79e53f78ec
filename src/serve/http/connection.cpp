#include "serve/http/connection.h"

#include <boost/beast/core/string.hpp>
#include <utility>

#include "serve/http/decompress.h"
#include "serve/http/infer_request.h"

namespace headrace::serve::http {
namespace {

using std::chrono::milliseconds;

constexpr size_t kBufferBeyondHeader = 4096;

Response too_much_in_flight() {
  return error_response(429, "the requests in flight take all the memory that bodies may have: try again later");
}

}  // namespace

Connection::Connection(std::shared_ptr<Worker> worker, std::shared_ptr<Shared> shared, std::unique_ptr<Transport> transport,
                       std::string peer)
    : worker_(std::move(worker)),
      shared_(std::move(shared)),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      buffer_(shared_->options.limits.max_header_bytes + kBufferBeyondHeader) {}

void Connection::enter(State state, milliseconds patience) {
  state_ = state;
  deadline_ = Clock::now() + patience;
}

void Connection::start() {
  worker_->add(shared_from_this());
  enter(State::kHandshake, milliseconds(shared_->options.limits.header_timeout_ms));
  transport_->handshake(shared_from_this());
}

void Connection::turn_away() {
  turned_away_ = true;
  start();
}

void Connection::on_handshake(bool done) {
  if (state_ == State::kClosed) return;
  if (!done) return close();
  if (turned_away_) return refuse(error_response(503, "this server has all the connections it takes: try again later"));
  enter(State::kIdle, milliseconds(shared_->options.limits.idle_timeout_ms));
  step();
}

// Into the body where all that follows is the body, else into the buffer.
void Connection::read() {
  if (reading_ || ended_ || state_ == State::kClosed) return;
  asio::mutable_buffer into;
  if (state_ == State::kBody && !request_.head.chunked) {
    const std::span<std::byte> room = request_.body->room(*request_.head.content_length - request_.body->size());
    if (room.empty()) return refuse(too_much_in_flight());
    into = {room.data(), room.size()};
    reading_into_ = request_.body;
  } else {
    if (state_ == State::kLingering) buffer_.clear();
    if (buffer_.full()) return;
    size_t bytes = 0;
    char* const room = buffer_.room(bytes);
    into = {room, bytes};
  }
  reading_ = true;
  transport_->read(shared_from_this(), into);
}

void Connection::on_read(size_t bytes) {
  reading_ = false;
  const std::shared_ptr<BodyBuffer> body = std::exchange(reading_into_, nullptr);
  if (state_ == State::kClosed) return;
  if (bytes == 0) return peer_ended();
  if (body) body->commit(bytes);  // of a request that may have been refused meanwhile
  else buffer_.commit(bytes);
  step();
}

void Connection::peer_ended() {
  ended_ = true;
  switch (state_) {
    case State::kHead: return refuse(error_response(400, "the request ends within its header"));
    case State::kBody: return refuse(error_response(400, "the request ends within its body"));
    case State::kWaiting:
      return request_.cancellation.request();  // who only ended his side still gets an answer, if there is one
    case State::kInterim:
    case State::kWriting: return;
    default: return close();
  }
}

void Connection::step() {
  switch (state_) {
    case State::kIdle: return begin_head();
    case State::kHead: return read_head();
    case State::kBody: return read_body();
    case State::kWaiting:  // the next request may wait; that the client goes away is still to be noticed
    case State::kLingering: return read();
    default: return;
  }
}

void Connection::begin_head() {
  while (buffer_.data().starts_with("\r\n")) buffer_.consume(2);  // some clients send one behind a body (RFC 9112, section 2.2)
  if (buffer_.empty()) {
    if (shared_->draining || ended_) return close();
    return read();
  }
  enter(State::kHead, milliseconds(shared_->options.limits.header_timeout_ms));
  request_ = Request();
  request_.arrived = Clock::now();
  ++number_;
  parser_.emplace(shared_->options.limits.max_header_bytes);
  read_head();
}

void Connection::read_head() {
  size_t consumed = 0;
  const auto result = parser_->read(buffer_.data().data(), buffer_.data().size(), consumed);
  buffer_.consume(consumed);
  if (std::holds_alternative<HeadParser::NeedMore>(result)) {
    if (ended_) return peer_ended();
    return read();
  }
  request_.head = std::move(parser_->head());
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(refusal_response(*refusal));
  head_done();
}

void Connection::head_done() {
  enter(State::kBody, milliseconds(shared_->options.limits.body_timeout_ms));
  if (std::optional<Response> refused = refuse_head()) {
    if (request_.head.has_body() || !request_.head.expect.empty()) return refuse(*std::move(refused));
    state_ = State::kWaiting;
    return respond(*std::move(refused));
  }
  if (!request_.head.has_body()) return handle();
  // HTTP/1.0 knows no interim answers, and would take one for the answer (RFC 9110, section 15.2).
  if (request_.head.expect.empty() || !request_.head.http_1_1 || !buffer_.empty()) return begin_body();
  state_ = State::kInterim;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  transport_->write(shared_from_this(), {asio::buffer(kContinue)});
}

std::optional<Response> Connection::refuse_head() {
  const RequestHead& head = request_.head;
  auto routed = route(head.method, head.target);
  if (const auto* refusal = std::get_if<Refusal>(&routed)) return refusal_response(*refusal);
  request_.route = std::get<Route>(std::move(routed));
  if (!authorized(shared_->options.access, scope_of(request_.route.endpoint), head.authorization))
    return error_response(401, "this needs the header field \"Authorization: Bearer TOKEN\" with a token that is valid for it");
  if (!head.expect.empty() && !boost::beast::iequals(head.expect, "100-continue"))
    return error_response(417, "the only Expect there is here is 100-continue");
  if (!coding_of(head.content_encoding)) return error_response(415, "Content-Encoding is gzip, deflate or identity");
  if (needs_body(request_.route.endpoint) && !head.chunked && !head.content_length)
    return error_response(411, "the request needs a body, with Content-Length or in chunks");
  const size_t most = shared_->options.limits.max_body_bytes;
  if (head.content_length.value_or(0) > most)
    return error_response(413, "the body is larger than the " + std::to_string(most) + " bytes that this server takes");
  return std::nullopt;
}

void Connection::begin_body() {
  state_ = State::kBody;
  const RequestHead& head = request_.head;
  // Tensors begin behind the JSON; the field is judged when the body is there.
  const size_t length = static_cast<size_t>(head.content_length.value_or(0));
  const Result<std::optional<size_t>> json = json_length_of(head.inference_header_length, head.chunked ? SIZE_MAX : length);
  request_.body = std::make_shared<BodyBuffer>(shared_->bodies, json ? json->value_or(0) : 0);
  if (head.chunked) chunks_.emplace(shared_->options.limits.max_body_bytes);
  read_body();
}

void Connection::read_body() { return request_.head.chunked ? take_chunked_body() : take_sized_body(); }

void Connection::take_sized_body() {
  const size_t left = static_cast<size_t>(*request_.head.content_length) - request_.body->size();
  const std::string_view buffered = buffer_.data().substr(0, left);
  if (!request_.body->append(std::as_bytes(std::span(buffered)))) return refuse(too_much_in_flight());
  buffer_.consume(buffered.size());
  if (buffered.size() == left) return body_done();
  if (ended_) return peer_ended();
  read();
}

void Connection::take_chunked_body() {
  std::string_view input = buffer_.data();
  while (!input.empty() && !chunks_->done()) {
    const std::string_view data = chunks_->next(input);
    if (!request_.body->append(std::as_bytes(std::span(data)))) return refuse(too_much_in_flight());
  }
  buffer_.consume(buffer_.data().size() - input.size());
  if (chunks_->refusal()) return refuse(refusal_response(*chunks_->refusal()));
  if (chunks_->done()) return body_done();
  if (ended_) return peer_ended();
  read();
}

void Connection::body_done() {
  const Coding coding = *coding_of(request_.head.content_encoding);
  if (coding != Coding::kIdentity) {
    const Result<std::optional<size_t>> json = json_length_of(request_.head.inference_header_length, SIZE_MAX);
    auto plain = std::make_shared<BodyBuffer>(shared_->bodies, json ? json->value_or(0) : 0);
    const std::optional<Refusal> refusal =
        decompress(request_.body->bytes(), coding, shared_->options.limits.max_body_bytes, *plain);
    request_.body = std::move(plain);
    if (refusal) return refuse(refusal_response(*refusal));
  }
  handle();
}

}  // namespace headrace::serve::http
