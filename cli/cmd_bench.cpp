// headrace bench: latency, throughput and memory, engines interleaved.
#include <algorithm>
#include <cstdio>

#include "bench_output.h"
#include "command.h"
#include "deploy/bench_points.h"
#include "error.h"
#include "recipe_flags.h"

namespace headrace::cli {
namespace {

struct Args {
  std::vector<std::string> models;
  int sessions = 1, rounds = BenchOptions{}.rounds;
  bool spinning = false, json = false, csv = false;
  double hang_seconds = 30;
  RecipeFlags flags;
};

// With --engine auto only.
Result<std::vector<BenchChoice>> choices_asked_for(const Recipe& recipe, const std::vector<BenchResult>& results) {
  if (recipe.engines.empty() || !chooses_engine(recipe)) return std::vector<BenchChoice>{};
  return bench_choices(results);
}

Status bench_models(Args& args, const Environment& environment) {
  Recipe recipe;
  HEADRACE_CHECK(args.flags.apply(recipe));
  HEADRACE_TRY(std::vector<BenchCase> points, bench_points(args.models, recipe));
  for (BenchCase& point : points) point.sessions = std::min(args.sessions, point.clients), point.spinning = args.spinning;
  BenchOptions options;
  options.seconds = recipe.seconds;
  options.rounds = args.rounds;
  options.hang_seconds = args.hang_seconds;
  options.program = environment.program;
  HEADRACE_TRY(const std::vector<BenchResult> results, bench(points, options, environment.progress));
  const bool any = std::any_of(results.begin(), results.end(), [](const BenchResult& result) { return result.error.empty(); });
  HEADRACE_TRY(const std::vector<BenchChoice> choices, choices_asked_for(recipe, results));
  if (args.json || args.csv) std::fputs((args.json ? bench_json(results, choices) : bench_csv(results)).c_str(), stdout);
  else if (any) std::fputs((bench_table(results) + choices_text(choices)).c_str(), stdout);
  if (any) return Ok{};
  std::string reasons = "none of the points could be measured:";
  for (const BenchResult& result : results) reasons += "\n  " + result.error;
  return unavailable(std::move(reasons));
}

}  // namespace

void add_bench(CLI::App& app, Action* chosen) {
  static Args args;
  CLI::App& command = add_command(
      app, chosen, "bench",
      "Measures latency, throughput and memory. Takes every engine and setting asked for; each engine runs in a process of its "
      "own,\n"
      "the points take turns, and answers are checked before they are timed. Ratios are to the first row's throughput.\n"
      "With --engine auto it also says which engine deploy and run would take.",
      {"headrace bench model.onnx int8.onnx", "headrace bench int8.onnx --engine ort,openvino --threads 1,2 --batch 1,8",
       "headrace bench int8.onnx --engine ort --threads 1,2 --clients 1,4,16 --json", "headrace bench int8.onnx --engine auto"},
      [](const Environment& environment) { return bench_models(args, environment); });
  command.add_option("MODEL", args.models, "Model files or bundles")->required()->type_name("MODEL...");
  args.flags.add(command, "bench");
  command.add_option("--sessions", args.sessions, "Sessions that the clients share (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command.add_option("--rounds", args.rounds, "Turns that the points take, each of seconds/rounds (default 5)")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  command.add_flag("--spinning", args.spinning,
                   "Let idle threads spin: faster for one caller, slower as soon as CPUs are shared");
  command.add_option("--hang-seconds", args.hang_seconds, "A run that takes longer is reported as hung, in seconds (default 30)")
      ->type_name("SECONDS")
      ->check(CLI::Range(1.0, 86400.0));
  CLI::Option* json = command.add_flag("--json", args.json, "Print JSON");
  command.add_flag("--csv", args.csv, "Print CSV")->excludes(json);
}

}  // namespace headrace::cli
