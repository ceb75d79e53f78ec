// headrace load: the load tester for servers of the Open Inference Protocol.
#include <cstdio>

#include "base/atomic_file.h"
#include "command.h"
#include "load/load_test.h"
#include "load_output.h"

namespace headrace::cli {
namespace {

struct Args {
  load::LoadOptions load;
  std::vector<std::string> shapes;
  std::string preprocess = "imagenet", scenario, data, html;
  double most_seconds = 0;  // 0: four times --seconds
  bool uniform = false, json = false;
};

Result<load::LoadOptions> options_of(const Args& args) {
  load::LoadOptions options = args.load;
  for (const std::string& text : args.shapes) {
    HEADRACE_TRY(auto shape, load::parse_shape(text));
    options.inputs.shapes.insert_or_assign(std::move(shape.first), std::move(shape.second));
  }
  HEADRACE_TRY(options.inputs.preprocess, parse_preprocess(args.preprocess));
  options.inputs.data = args.data;
  options.duration.most = args.most_seconds > 0 ? args.most_seconds : 4 * options.duration.least;
  options.arrivals = args.uniform ? load::ArrivalKind::kUniform : load::ArrivalKind::kPoisson;
  if (args.scenario.empty()) return options;
  const auto scenario = load::scenario_of(args.scenario);
  if (!scenario)
    return invalid_argument("--scenario is singlestream, multistream, server or offline, not '" + args.scenario + "'");
  options.scenario = *scenario;
  return options;
}

Status load_server(const Args& args, const Environment& environment) {
  HEADRACE_TRY(const load::LoadOptions options, options_of(args));
  HEADRACE_TRY(const load::LoadReport report, run_load_test(options, environment.progress));
  if (!args.html.empty()) HEADRACE_CHECK(write_file_atomically(args.html, to_html(report)));
  std::fputs((args.json ? to_json(report) : load_table(report)).c_str(), stdout);
  if (report.any_success()) return Ok{};
  return unavailable("no request succeeded; the errors stand above by kind");
}

void add_load_flags(CLI::App& command, Args& args) {
  load::LoadOptions& load = args.load;
  command
      .add_option("--concurrency", load.concurrencies,
                  "Closed loop: so many clients, each with one request at a time (default 1)")
      ->delimiter(',')
      ->type_name("N,N");
  command.add_flag("--back-off", load.back_off, "Closed loop: a client that is refused waits as long as Retry-After says");
  command.add_option("--rate", load.rates, "Open loop: so many requests a second, latency from when they were due")
      ->delimiter(',')
      ->type_name("R,R");
  command.add_flag("--uniform", args.uniform, "Open loop with equal gaps instead of Poisson arrivals");
  command.add_option("--max-connections", load.max_connections, "Open loop: connections at most (default 256)")->type_name("N");
  command.add_option("--seed", load.seed, "Of arrivals and random inputs (default 1)")->type_name("N");
  command.add_option("--scenario", args.scenario, "Like MLPerf's: singlestream, multistream, server or offline")
      ->type_name("NAME");
  command.add_option("--p99-ms", load.bound_ms, "The bound that --scenario server holds, in milliseconds")
      ->type_name("MS")
      ->check(CLI::Range(0.001, 86'400'000.0));
}

void add_request_flags(CLI::App& command, Args& args) {
  load::LoadOptions& load = args.load;
  command.add_option("--model", load.model, "The model (default: the only one the server has)")->type_name("NAME");
  command.add_option("--model-version", load.version, "Its version (default: the server's choice)")->type_name("VERSION");
  command.add_option("--batch", load.batches, "Rows of a request, for models with a free batch")
      ->delimiter(',')
      ->type_name("N,N");
  command.add_option("--shape", args.shapes, "The shape of an input that has free extents; may be repeated")
      ->type_name("NAME:1,3,224,224");
  command.add_option("--data", args.data, "Inputs from a picture, a folder of them, .npy or .npz, instead of random ones")
      ->type_name("DATA");
  command.add_option("--preprocess", args.preprocess, "Of pictures (default imagenet)")->type_name("SPEC");
  command.add_flag("--json-tensors", load.json_tensors, "Send tensors as JSON even where the server takes binary ones");
  command.add_flag("--check", load.check_bits, "Count answers that differ from the first one to the same input as errors");
  command.add_option("--deadline-ms", load.deadline_ms, "Sent along: the server may give up a request after this")
      ->type_name("MS");
  command.add_option("--timeout-ms", load.timeout_ms, "The client gives up a request after this (default 30000)")
      ->type_name("MS");
  command.add_option("--header", load.headers, "A header for every request; may be repeated")->type_name("'NAME: VALUE'");
}

void add_time_flags(CLI::App& command, Args& args) {
  command.add_option("--seconds", args.load.duration.least, "Measured for each level, at least (default 5)")
      ->type_name("S")
      ->check(CLI::Range(0.05, 86400.0));
  command
      .add_option("--max-seconds", args.most_seconds,
                  "At most, while three windows in a row are not within 10 % (default 4 x --seconds)")
      ->type_name("S")
      ->check(CLI::Range(0.05, 86400.0));
  command.add_option("--warmup", args.load.duration.warmup, "Before each level, not counted (default 1)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 3600.0));
}

}  // namespace

void add_load(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "load",
      "Measures a server under load: latency, throughput, errors. Works with any server of the Open Inference\n"
      "Protocol (version 2, HTTP): ours, Triton, KServe, MLServer. Inputs are made from the model's metadata; answers are\n"
      "checked; errors are counted by kind and never among the latencies. Exits 1 when no request succeeded.",
      {"headrace load http://127.0.0.1:8000",
       "headrace load http://127.0.0.1:8000 --model resnet50 --concurrency 1,4,16 --batch 1,8",
       "headrace load http://127.0.0.1:8000 --rate 50,100,200 --html load.html",
       "headrace load http://127.0.0.1:8000 --scenario server --p99-ms 20",
       "headrace load http://127.0.0.1:8000 --data photo.jpg --check --json"},
      [](const Environment& environment) { return load_server(args, environment); });
  command.add_option("URL", args.load.url, "The server: http://HOST:PORT")->required()->type_name("URL");
  add_load_flags(command, args);
  add_request_flags(command, args);
  add_time_flags(command, args);
  command.add_flag("--json", args.json, "Print JSON");
  command.add_option("--html", args.html, "Write a page with plots")->type_name("FILE");
}

}  // namespace headrace::cli
