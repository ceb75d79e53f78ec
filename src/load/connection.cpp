#include "load/connection.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <utility>

namespace headrace::load {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr size_t kFirstBuffer = size_t{64} << 10;
constexpr size_t kPadding = 64;                   // simdjson reads so far beyond
constexpr uint64_t kMaxBody = uint64_t{4} << 30;  // of an answer
constexpr size_t kMaxParts = 64;                  // of a message that are sent with one call, well below the system's bound
constexpr const char* kJsonBytes = "Inference-Header-Content-Length";

Fault bad(std::string what) { return {FaultKind::kBadAnswer, 0, std::move(what)}; }
Fault not_http(const boost::system::error_code& error) { return bad("the answer is no HTTP: " + error.message()); }
Fault cut_off() { return {FaultKind::kReset, 0, "the server closed the connection before its answer was complete"}; }

// Whether the parser wants more bytes, and nothing else is wrong.
bool wants_more(const boost::system::error_code& error) { return error == http::error::need_more; }

// Seconds alone; a date counts as nothing, as does what is neither.
std::chrono::seconds retry_after(const http::fields& fields) {
  constexpr uint32_t kMost = 3600;
  const auto text = fields[http::field::retry_after];
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool right = error == std::errc() && end == text.data() + text.size();
  return std::chrono::seconds(right ? std::min(seconds, kMost) : 0);
}

std::optional<Fault> finish(const http::fields& fields, Reply& reply) {
  reply.retry_after = retry_after(fields);
  reply.json_bytes = reply.body.size();
  const auto header = fields.find(kJsonBytes);
  if (header == fields.end()) return std::nullopt;
  const auto text = header->value();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), reply.json_bytes);
  if (error != std::errc() || end != text.data() + text.size() || reply.json_bytes > reply.body.size())
    return bad(std::string(kJsonBytes) + " of the answer is wrong: " + std::string(text.data(), text.size()));
  return std::nullopt;
}

}  // namespace

std::string request_head(const Url& url, std::string_view method, std::string_view path, const std::vector<std::string>& headers,
                         size_t content_bytes) {
  std::string head = std::string(method) + " " + url.prefix + std::string(path) + " HTTP/1.1\r\nHost: " + url.authority() +
                     "\r\nUser-Agent: headrace-load\r\nContent-Length: " + std::to_string(content_bytes) + "\r\n";
  for (const std::string& header : headers) head += header + "\r\n";
  return head + "\r\n";
}

std::optional<Fault> Connection::open(const Patience& patience) {
  if (socket_.is_open() && !socket_.is_stale()) return std::nullopt;
  return socket_.connect(endpoint_, patience);
}

std::optional<Fault> Connection::exchange(const Message& message, Reply& reply, const Patience& patience) {
  auto fault = send(message, patience);
  if (!fault) fault = receive(reply, patience);
  if (fault) socket_.close();
  return fault;
}

std::optional<Fault> Connection::send(const Message& message, const Patience& patience) {
  std::array<iovec, kMaxParts> parts;
  size_t count = 0;
  const auto flush = [&] { return socket_.send(std::span(parts).first(std::exchange(count, 0)), patience); };
  parts[count++] = {const_cast<char*>(message.head.data()), message.head.size()};
  for (const std::span<const std::byte> part : message.rest) {
    if (part.empty()) continue;
    parts[count++] = {const_cast<std::byte*>(part.data()), part.size()};
    if (count < parts.size()) continue;
    if (auto fault = flush()) return fault;
  }
  return flush();
}

void Connection::reserve(size_t bytes) {
  if (buffer_.size() < bytes + kPadding) buffer_.resize(bytes + kPadding);
}

std::optional<Fault> Connection::receive_some(const Patience& patience) {
  if (buffer_.size() - kPadding == filled_) reserve(2 * filled_);
  size_t received = 0;
  if (auto fault = socket_.receive({buffer_.data() + filled_, buffer_.size() - kPadding - filled_}, received, patience))
    return fault;
  filled_ += received;
  ended_ = received == 0;
  return std::nullopt;
}

struct Connection::Incoming {
  Parser parser;
  size_t used = 0;  // of the buffer, by the parser
};

std::optional<Fault> Connection::receive_head(Incoming& incoming, const Patience& patience) {
  boost::system::error_code error;
  do {
    if (auto fault = receive_some(patience)) return fault;
    if (ended_) return cut_off();
    incoming.used += incoming.parser.put(boost::asio::buffer(buffer_.data() + incoming.used, filled_ - incoming.used), error);
    if (error && !wants_more(error)) return not_http(error);
  } while (!incoming.parser.is_header_done());
  return std::nullopt;
}

// Straight from the socket to its place.
std::optional<Fault> Connection::receive_sized(Incoming& incoming, size_t length, Reply& reply, const Patience& patience) {
  const size_t end = incoming.used + length;
  reserve(end);
  while (filled_ < end) {
    if (auto fault = receive_some(patience)) return fault;
    if (ended_) return cut_off();
  }
  if (filled_ > end) return bad("the answer is longer than its Content-Length");
  reply.body = {buffer_.data() + incoming.used, length};
  return std::nullopt;
}

// In chunks, or up to the end of the stream.
std::optional<Fault> Connection::receive_unsized(Incoming& incoming, Reply& reply, const Patience& patience) {
  Parser& parser = incoming.parser;
  boost::system::error_code error;
  parser.eager(true);
  while (true) {
    if (filled_ > incoming.used)
      incoming.used += parser.put(boost::asio::buffer(buffer_.data() + incoming.used, filled_ - incoming.used), error);
    if (error && !wants_more(error)) return not_http(error);
    if (parser.is_done()) break;
    std::copy(buffer_.begin() + static_cast<ptrdiff_t>(incoming.used), buffer_.begin() + static_cast<ptrdiff_t>(filled_),
              buffer_.begin());
    filled_ -= std::exchange(incoming.used, 0);
    if (auto fault = receive_some(patience)) return fault;
    if (!ended_) continue;
    if (!parser.need_eof()) return cut_off();
    parser.put_eof(error);
    if (error) return not_http(error);
    break;
  }
  unchunked_ = std::move(parser.get().body());
  unchunked_.reserve(unchunked_.size() + kPadding);
  reply.body = unchunked_;
  return std::nullopt;
}

std::optional<Fault> Connection::receive(Reply& reply, const Patience& patience) {
  Incoming incoming;
  incoming.parser.body_limit(kMaxBody);
  filled_ = 0;
  ended_ = false;
  reserve(kFirstBuffer);
  if (auto fault = receive_head(incoming, patience)) return fault;
  reply.status = static_cast<int>(incoming.parser.get().result_int());
  const auto length = incoming.parser.content_length();
  if (length && *length > kMaxBody) return bad("the answer is larger than 4 GB");
  if (auto fault = length ? receive_sized(incoming, static_cast<size_t>(*length), reply, patience)
                          : receive_unsized(incoming, reply, patience))
    return fault;
  if (!incoming.parser.keep_alive()) socket_.close();
  return finish(incoming.parser.get(), reply);
}

}  // namespace headrace::load
