#include "serve/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <future>

#include "base/parallel.h"
#include "serve/repository/ready_line.h"
#include "serve/tokens.h"

namespace headrace::serve {
namespace fs = std::filesystem;
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kToPassOn{1000};  // that the front ends have for the models' last answers

milliseconds seconds(double count) { return milliseconds(static_cast<int64_t>(count * 1000)); }

// As many files as the system lets this process have: each connection is one.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<ServerOptions> server_options_of(const ServeRequest& request) {
  Recipe recipe;
  std::error_code ignored;
  if (const fs::path file = request.path / "headrace.toml"; fs::is_regular_file(file, ignored)) {
    HEADRACE_TRY(recipe, read_recipe(file));
  }
  if (request.overlay) HEADRACE_CHECK(request.overlay(recipe));
  if (recipe.server.http_port < 0 && recipe.server.grpc_port < 0)
    return invalid_argument("neither HTTP nor gRPC is to be served: give --http-port or --grpc-port a port");
  HEADRACE_CHECK(read_tokens(recipe.server.access));
  return recipe.server;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServeRequest request) {
  raise_file_limit();
  HEADRACE_TRY(ServerOptions options, server_options_of(request));
  HEADRACE_TRY(auto log, AccessLog::open(options.access_log));
  std::unique_ptr<Server> server(new Server(std::move(options), std::move(log)));
  HEADRACE_CHECK(server->open_models(std::move(request)));
  HEADRACE_CHECK(server->open_ports());
  return server;
}

Server::~Server() = default;

Status Server::open_models(ServeRequest request) {
  const auto budget = CpuBudget::create(available_cpus());
  Backend backend = engine_backend(request.overlay, std::move(request.program), budget);
  RepositoryOptions repository{std::move(request.path), std::move(request.overlay), options_.poll_seconds,
                               seconds(options_.drain_seconds), std::move(request.events)};
  HEADRACE_TRY(auto opened, Repository::open(std::move(repository), std::move(backend), request.progress));
  service_ = std::make_unique<RepositoryService>(std::move(opened), budget,
                                                 RepositoryService::Options{options_.allow_control, options_.triton_metrics});
  return Ok{};
}

Status Server::open_ports() {
  if (options_.http_port >= 0) {
    HEADRACE_TRY(http_, HttpServer::start(*service_, options_, log_));
  }
  if (options_.grpc_port >= 0) {
    HEADRACE_TRY(grpc_, GrpcServer::start(*service_, options_, log_));
  }
  return Ok{};
}

std::string Server::ready_line() const {
  return serve::ready_line(service_->served(), options_, http_ ? http_->port() : 0, grpc_ ? grpc_->port() : 0);
}

void Server::shut_down() {
  const auto deadline = std::chrono::steady_clock::now() + seconds(options_.drain_seconds);
  const auto left = [&] {
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now()));
  };
  service_->begin_shutdown();
  const auto http = std::async(std::launch::async, [&] {
    if (http_) http_->drain(left());
  });
  const auto grpc = std::async(std::launch::async, [&] {
    if (grpc_) grpc_->drain(left());
  });
  // What is not finished by then is answered by the models, while there is still a front end to pass the answer on.
  const milliseconds to_pass_on = std::min(kToPassOn, seconds(options_.drain_seconds / 2));
  http.wait_until(deadline - to_pass_on);
  grpc.wait_until(deadline - to_pass_on);
  service_->drain(std::max(milliseconds(0), left() - to_pass_on));
}  // the front ends are waited for by their futures

}  // namespace headrace::serve
