#include "serve/grpc/grpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <utility>

#include "serve/grpc/inference_service.h"
#include "serve/grpc/listen_address.h"
#include "serve/grpc/options.h"
#include "serve/grpc/tls.h"

namespace headrace::serve {
namespace {

class Server final : public GrpcServer {
 public:
  explicit Server(std::shared_ptr<Front> front) : front_(std::move(front)), inference_(front_), health_(front_) {}
  ~Server() override { drain(std::chrono::milliseconds(0)); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Status listen(const ServerOptions& options) {
    HEADRACE_TRY(const std::string address, listen_address(options.host, options.grpc_port));
    HEADRACE_TRY(const auto credentials, server_credentials(options.access));
    grpc::ServerBuilder builder;
    set_limits(options.limits, builder);
    builder.AddListeningPort(address, credentials, &port_);
    builder.RegisterService(&inference_);
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) return why_not_listening(options.host, options.grpc_port);
    return Ok{};
  }

  uint16_t port() const override { return static_cast<uint16_t>(port_); }

  // Calls that are left when patience is over are cancelled, which answers them (DeferredCall, StreamCall).
  void drain(std::chrono::milliseconds patience) override {
    if (server_ == nullptr) return;
    front_->streams.drain();
    server_->Shutdown(std::chrono::system_clock::now() + patience);
  }

 private:
  const std::shared_ptr<Front> front_;
  InferenceService inference_;
  HealthService health_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;  // last: it goes before what it calls
};

void no_log(gpr_log_func_args*) {}

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(Service& service, const ServerOptions& options,
                                                      std::shared_ptr<AccessLog> log) {
  gpr_set_log_function(no_log);  // the library does not print: what matters comes back as an error
  auto server = std::make_unique<Server>(std::make_shared<Front>(service, options.limits, options.access, std::move(log)));
  HEADRACE_CHECK(server->listen(options));
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace headrace::serve
