// A connection's way to the network, with TLS or without. Asynchronous: what ends is told to the events object, which stays alive
// until then, on the thread of the io_context.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace headrace::serve::http {

namespace asio = boost::asio;
// With the executor's type known, handlers are called without a type-erased step in between.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  virtual void on_handshake(bool done) = 0;
  virtual void on_read(size_t bytes) = 0;  // 0: the peer has ended or gone
  virtual void on_written(bool done) = 0;
};

// At most one read and one write at a time.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void handshake(std::shared_ptr<TransportEvents> events) = 0;
  virtual void read(std::shared_ptr<TransportEvents> events, asio::mutable_buffer into) = 0;
  virtual void write(std::shared_ptr<TransportEvents> events, const std::vector<asio::const_buffer>& from) = 0;  // all of it
  virtual void finish(
      std::shared_ptr<TransportEvents> events) = 0;  // tells the peer that nothing more comes; nothing is called back
  virtual void close() = 0;                          // what is under way ends as failed
};

// `tls`: nullptr for plain text. It outlives the transport.
std::unique_ptr<Transport> make_transport(Socket socket, asio::ssl::context* tls);

}  // namespace headrace::serve::http
