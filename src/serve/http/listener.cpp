#include "serve/http/listener.h"

#include <exception>
#include <string>
#include <utility>

#include "serve/http/connection.h"

namespace headrace::serve::http {
namespace {

using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// After a failed accept: descriptors come back when connections end, trying at once would only burn the CPU.
constexpr std::chrono::milliseconds kBackOff{50};
constexpr int kMostTurnedAway = 64;  // that are told so at a time; more are closed without a word

std::string text_of(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

Result<tcp::endpoint> endpoint_of(asio::io_context& io, const std::string& host, int port) {
  if (port < 0 || port > 65535) return invalid_argument("the HTTP port lies between 0 and 65535, not at " + std::to_string(port));
  ErrorCode error;
  const auto number = static_cast<uint16_t>(port);
  if (const auto address = asio::ip::make_address(host, error); !error) return tcp::endpoint(address, number);
  const auto found = tcp::resolver(io).resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error || found.empty()) return invalid_argument("the host is no address of this machine: " + error.message()).at(host);
  return found.begin()->endpoint();
}

Error cannot_listen(const tcp::endpoint& endpoint, const ErrorCode& error) {
  if (error == asio::error::address_in_use)
    return io_error("the port is in use: stop what listens there, or choose another by --http-port (0: any free one)")
        .at(text_of(endpoint));
  if (error == asio::error::access_denied)
    return io_error("this user may not listen there: choose a port from 1024 on by --http-port").at(text_of(endpoint));
  return io_error("cannot listen: " + error.message() + "; give an address of this machine by --host").at(text_of(endpoint));
}

}  // namespace

Listener::Listener(std::vector<std::shared_ptr<Worker>> workers, std::shared_ptr<Shared> shared)
    : workers_(std::move(workers)),
      shared_(std::move(shared)),
      acceptor_(workers_.front()->io()),
      back_off_(workers_.front()->io()) {}

Status Listener::listen(const std::string& host, int port) {
  HEADRACE_TRY(const tcp::endpoint endpoint, endpoint_of(workers_.front()->io(), host, port));
  ErrorCode error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return cannot_listen(endpoint, error);
  port_ = acceptor_.local_endpoint(error).port();
  return Ok{};
}

void Listener::accept() {
  if (!acceptor_.is_open()) return;
  asio::io_context& io = workers_[next_]->io();
  acceptor_.async_accept(io, [this](ErrorCode error, Socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (!error) {
      try {
        accepted(std::move(socket));
      } catch (const std::exception&) {
        // Without memory for this connection it is closed; others shall still be accepted.
      }
      return accept();
    }
    back_off_.expires_after(kBackOff);
    back_off_.async_wait([this](ErrorCode cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Listener::accepted(Socket socket) {
  const std::shared_ptr<Worker> worker = workers_[std::exchange(next_, (next_ + 1) % workers_.size())];
  ErrorCode error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  socket.set_option(tcp::no_delay(true), error);
  const bool full = shared_->connections >= shared_->options.limits.max_connections;
  if (full && shared_->turned_away >= kMostTurnedAway) return;
  ++(full ? shared_->turned_away : shared_->connections);
  auto connection = std::make_shared<Connection>(
      worker, shared_, make_transport(std::move(socket), shared_->tls ? &*shared_->tls : nullptr), text_of(peer));
  worker->run([connection, full] { full ? connection->turn_away() : connection->start(); });
}

void Listener::close() {
  ErrorCode ignored;
  acceptor_.close(ignored);
  back_off_.cancel();
}

}  // namespace headrace::serve::http
