#include "serve/http/http_server.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "serve/http/listener.h"
#include "serve/http/tls.h"

namespace headrace::serve {
namespace {

using std::chrono::milliseconds;

// Deadlines are met within a quarter of the shortest of them.
milliseconds tick_of(const Limits& limits) {
  const int64_t shortest = std::min({limits.header_timeout_ms, limits.body_timeout_ms, limits.idle_timeout_ms});
  return milliseconds(std::clamp<int64_t>(shortest / 4, 5, 250));
}

class Server : public HttpServer {
 public:
  Server(std::vector<std::shared_ptr<http::Worker>> workers, std::shared_ptr<http::Shared> shared)
      : workers_(std::move(workers)), shared_(std::move(shared)), listener_(workers_, shared_) {}

  ~Server() override {
    stop_listening();
    for (const auto& worker : workers_) worker->stop();
    shared_->handler.stop();
  }

  Status listen(const ServerOptions& options) {
    HEADRACE_CHECK(listener_.listen(options.host, options.http_port));
    workers_.front()->run([this] { listener_.accept(); });
    return Ok{};
  }

  uint16_t port() const override { return listener_.port(); }

  void drain(milliseconds patience) override {
    shared_->draining = true;
    stop_listening();
    for (const auto& worker : workers_) worker->run([worker] { worker->close_idle(); });
    const auto end = Clock::now() + patience;
    while (shared_->connections > 0 && Clock::now() < end) std::this_thread::sleep_for(milliseconds(5));
    for (const auto& worker : workers_) worker->run([worker] { worker->close_all(); });
  }

 private:
  void stop_listening() {
    workers_.front()->run([this] { listener_.close(); });
  }

  const std::vector<std::shared_ptr<http::Worker>> workers_;
  const std::shared_ptr<http::Shared> shared_;
  http::Listener listener_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(Service& service, const ServerOptions& options,
                                                      std::shared_ptr<AccessLog> log) {
  auto shared = std::make_shared<http::Shared>(service, options, std::move(log));
  HEADRACE_CHECK(http::load_tls(options.access, shared->tls));
  std::vector<std::shared_ptr<http::Worker>> workers;
  for (int i = 0; i < std::max(1, options.http_threads); ++i)
    workers.push_back(std::make_shared<http::Worker>(tick_of(options.limits)));
  auto server = std::make_unique<Server>(std::move(workers), std::move(shared));
  HEADRACE_CHECK(server->listen(options));
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace headrace::serve
