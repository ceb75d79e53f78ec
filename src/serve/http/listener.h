// The listening socket: takes connections and gives them to the workers in turn.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "serve/http/shared.h"
#include "serve/http/transport.h"
#include "serve/http/worker.h"

namespace headrace::serve::http {

class Listener {
 public:
  Listener(std::vector<std::shared_ptr<Worker>> workers, std::shared_ptr<Shared> shared);
  // Errors: invalid_argument (no address of this machine), io (the port is in use, or not for this user).
  Status listen(const std::string& host, int port);
  uint16_t port() const { return port_; }
  // On the first worker's thread.
  void accept();
  void close();

 private:
  void accepted(Socket socket);

  const std::vector<std::shared_ptr<Worker>> workers_;
  const std::shared_ptr<Shared> shared_;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor_;
  asio::steady_timer back_off_;
  size_t next_ = 0;
  uint16_t port_ = 0;
};

}  // namespace headrace::serve::http
