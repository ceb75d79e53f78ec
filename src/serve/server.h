// The whole server: models, access log, HTTP and gRPC, in the order in which they start, and back when it ends.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "deploy/predict.h"
#include "serve/grpc/grpc_server.h"
#include "serve/http/http_server.h"
#include "serve/repository/event.h"
#include "serve/repository/repository_service.h"

namespace headrace::serve {

struct ServeRequest {
  std::filesystem::path path;     // a bundle, an .onnx file, or a repository of them: see repository/scan.h
  RecipeOverlay overlay;          // the flags, laid over what headrace.toml files say
  std::filesystem::path program;  // the headrace binary, for the workers that measure engines
  Progress progress;              // of loading
  EventSink events;
};

class Server {
 public:
  // Returns when all models are loaded and all ports are open. [server] is read from the headrace.toml in request.path. Errors:
  // those of the options, of loading, of ports and certificates; cancelled.
  static Result<std::unique_ptr<Server>> start(ServeRequest request);
  ~Server();  // at once; shut_down() first is kinder
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // One line for people and scripts: "ready: resnet50 1 (native, avx512-vnni, 2 x 1), ... at http://127.0.0.1:8000 ...".
  std::string ready_line() const;
  void reopen_log() { log_->reopen(); }
  // Not ready from now on; takes nothing new, answers what is in flight. Takes no longer than server.drain-seconds.
  void shut_down();

 private:
  Server(ServerOptions options, std::shared_ptr<AccessLog> log) : options_(std::move(options)), log_(std::move(log)) {}
  Status open_models(ServeRequest request);
  Status open_ports();

  ServerOptions options_;
  std::shared_ptr<AccessLog> log_;
  std::unique_ptr<RepositoryService> service_;  // outlives the front ends
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace headrace::serve
