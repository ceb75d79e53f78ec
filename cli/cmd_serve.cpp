// headrace serve: models behind HTTP and gRPC.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "command.h"
#include "event_log.h"
#include "recipe_flags.h"
#include "serve/server.h"

namespace headrace::cli {
namespace {

struct Args {
  std::string path;
  RecipeFlags flags;
};

volatile std::sig_atomic_t reopen_requested = 0;

// SIGHUP: log files were rotated. SIGPIPE: whoever reads standard output or a connection went away, which is no reason to end.
void handle_signals() {
  std::signal(SIGHUP, [](int) { reopen_requested = 1; });
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop(serve::Server& server, const Progress& progress) {
  constexpr std::chrono::milliseconds kStep{50};
  while (!progress.stop_requested()) {
    if (reopen_requested != 0) {
      reopen_requested = 0;
      server.reopen_log();
    }
    std::this_thread::sleep_for(kStep);
  }
}

Status serve_models(Args& args, const Environment& environment) {
  handle_signals();
  serve::ServeRequest request;
  request.path = args.path;
  request.overlay = [&](Recipe& recipe) { return args.flags.apply(recipe); };
  request.program = environment.program;
  request.progress = environment.progress;
  request.events = stderr_events();
  auto started = serve::Server::start(std::move(request));
  if (!started && environment.progress.stop_requested()) return Ok{};  // a server that is told to end does not fail by ending
  HEADRACE_TRY(const auto server, std::move(started));
  environment.progress.update("", 0, 0);  // the line below shall stand alone
  std::printf("%s\n", server->ready_line().c_str());
  std::fflush(stdout);
  wait_for_stop(*server, environment.progress);
  server->shut_down();
  return Ok{};
}

}  // namespace

void add_serve(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "serve",
      "Serves models by the Open Inference Protocol, version 2, over HTTP and gRPC. PATH is a bundle, an .onnx file, or a "
      "repository:\n"
      "a folder of bundles, or of folders whose sub-folders are versions of a model (1, 2, ...). A model is named after its "
      "folder.\n"
      "Engines, instances and threads are chosen by measuring, unless set. New versions are loaded beside the old ones and take "
      "over\n"
      "without a pause. One line on standard output says that the server is ready. SIGTERM ends it once requests in flight are\n"
      "answered, SIGHUP opens the access log anew. Bearer tokens are read from files or from the variables HEADRACE_DATA_TOKEN "
      "and\n"
      "HEADRACE_CONTROL_TOKEN.",
      {"headrace serve bundle", "headrace serve models/ --http-port 80 --grpc-port -1 --host 0.0.0.0",
       "headrace serve bundle --max-batch-size 16 --max-queue-delay-us 2000 --default-deadline-ms 500",
       "headrace serve models/ --allow-control --control-token-file token --access-log access.log"},
      [](const Environment& environment) { return serve_models(args, environment); });
  command.add_option("PATH", args.path, "A bundle, an .onnx file, or a folder of models")
      ->required()
      ->type_name("BUNDLE_OR_REPOSITORY");
  args.flags.add(command, "serve");
}

}  // namespace headrace::cli
