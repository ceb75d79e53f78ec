#include "serve/http/transport.h"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace headrace::serve::http {
namespace {

using Events = std::shared_ptr<TransportEvents>;
using ErrorCode = boost::system::error_code;

template <typename Stream>
void read_some(Stream& stream, Events events, asio::mutable_buffer into) {
  stream.async_read_some(into,
                         [events = std::move(events)](ErrorCode error, size_t bytes) { events->on_read(error ? 0 : bytes); });
}

template <typename Stream>
void write_all(Stream& stream, Events events, const std::vector<asio::const_buffer>& from) {
  asio::async_write(stream, from, [events = std::move(events)](ErrorCode error, size_t) { events->on_written(!error); });
}

void close_socket(asio::basic_socket<asio::ip::tcp, Executor>& socket) {
  ErrorCode ignored;  // there is nobody to tell
  socket.close(ignored);
}

class PlainTransport : public Transport {
 public:
  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}
  void handshake(Events events) override {
    asio::post(socket_.get_executor(), [events = std::move(events)] { events->on_handshake(true); });
  }
  void read(Events events, asio::mutable_buffer into) override { read_some(socket_, std::move(events), into); }
  void write(Events events, const std::vector<asio::const_buffer>& from) override { write_all(socket_, std::move(events), from); }
  void finish(Events) override {
    ErrorCode ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  void close() override { close_socket(socket_); }

 private:
  Socket socket_;
};

class TlsTransport : public Transport {
 public:
  TlsTransport(Socket socket, asio::ssl::context& tls) : stream_(std::move(socket), tls) {}
  void handshake(Events events) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [events = std::move(events)](ErrorCode error) { events->on_handshake(!error); });
  }
  void read(Events events, asio::mutable_buffer into) override { read_some(stream_, std::move(events), into); }
  void write(Events events, const std::vector<asio::const_buffer>& from) override { write_all(stream_, std::move(events), from); }
  void finish(Events events) override {
    stream_.async_shutdown([events = std::move(events)](ErrorCode) {});
  }
  void close() override { close_socket(stream_.next_layer()); }

 private:
  asio::ssl::stream<Socket> stream_;
};

}  // namespace

std::unique_ptr<Transport> make_transport(Socket socket, asio::ssl::context* tls) {
  if (tls) return std::make_unique<TlsTransport>(std::move(socket), *tls);
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace headrace::serve::http
