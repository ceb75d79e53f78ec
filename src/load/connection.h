// HTTP/1.1 over one connection that is kept: a request out, its answer in. For one thread.
#pragma once

#include <string>
#include <vector>

#include "load/socket.h"

namespace headrace::load {

// A request as bytes: made once, sent many times.
struct Message {
  std::string head;                                // request line, headers, and the body or its beginning
  std::vector<std::span<const std::byte>> rest{};  // of the body: tensors, sent from where they lie
};

struct Reply {
  int status = 0;
  std::span<const char> body{};  // within the connection, until its next request; a parser may read 64 bytes beyond
  size_t json_bytes = 0;         // of the body that are JSON: Inference-Header-Content-Length, or all of it
  std::chrono::seconds retry_after{0};
};

// "METHOD path HTTP/1.1" and headers up to the empty line. `headers` are whole lines without their ends.
std::string request_head(const Url& url, std::string_view method, std::string_view path, const std::vector<std::string>& headers,
                         size_t content_bytes);

class Connection {
 public:
  explicit Connection(const Endpoint& endpoint) : endpoint_(endpoint) {}

  const Endpoint& endpoint() const { return endpoint_; }
  // Connects where there is no connection, or the server has closed it.
  std::optional<Fault> open(const Patience& patience);
  // Needs an open connection; a fault closes it. Any status is a reply.
  std::optional<Fault> exchange(const Message& message, Reply& reply, const Patience& patience);

 private:
  std::optional<Fault> send(const Message& message, const Patience& patience);
  std::optional<Fault> receive(Reply& reply, const Patience& patience);
  struct Incoming;
  std::optional<Fault> receive_head(Incoming& incoming, const Patience& patience);
  std::optional<Fault> receive_sized(Incoming& incoming, size_t length, Reply& reply, const Patience& patience);
  std::optional<Fault> receive_unsized(Incoming& incoming, Reply& reply, const Patience& patience);
  std::optional<Fault> receive_some(const Patience& patience);
  void reserve(size_t bytes);

  Endpoint endpoint_;
  Socket socket_;
  std::vector<char> buffer_;
  size_t filled_ = 0;
  std::string unchunked_;  // a body that came in chunks
  bool ended_ = false;     // the server closed its side
};

}  // namespace headrace::load
