// Which engine to run a model on: the candidates with their figures, those that cannot be taken with the reason, and the fastest
// of the others. A deployment writes it into the bundle (engine.json), `headrace run` into the machine's cache.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "measure/bench.h"

namespace headrace {

// What a measurement is valid for.
struct Machine {
  std::string cpu, isa;
  int cpus = 1;  // that the process may use
  bool operator==(const Machine&) const = default;
};
Machine this_machine();

// One candidate.
struct EngineFigures {
  std::string engine, version, isa;
  bool exact = false;                // its INT8 is exact on this CPU
  bool tried = true;                 // false: not installed, or no candidate; then there are no figures
  double median_ms = 0, min_ms = 0;  // of one run; 0: not measured
  double throughput_per_s = 0;
  std::optional<double> sqnr_db;  // of its answers against the reference's
  std::string accuracy;           // what was found out about them: "0.3 points of top-1 accuracy on 622 labelled samples"
  std::string refused;            // why it cannot be taken; empty: it can
};

struct EngineChoice {
  std::string engine;  // the one to take
  std::string reason;  // one line: "2.10 ms; openvino 2.75, ort 3.22; refused: ort-exact"
  Machine machine;
  int threads = 1;
  int batch = 1;
  std::string model;                      // its content's hash
  std::string requirement;                // what answers had to meet
  std::vector<EngineFigures> candidates;  // those that can be taken, the fastest first; then the refused
};

// Sorts the candidates and fills `engine` and `reason`. The median counts: it is what this machine gave, and what deploy
// compares. Errors: unavailable when every candidate is refused, with all reasons.
Status rank_engines(EngineChoice& choice);

// Where a candidate stands: "taken", "1.31 times the time of native", or why it is refused.
std::string verdict(const EngineChoice& choice, const EngineFigures& candidate);

// For people, a line each: "engine: native, 2.10 ms; openvino 2.75; refused: ort", then every refusal of a candidate that was
// tried, "ort refused: it hung". None where there was nothing to choose from.
std::vector<std::string> choice_lines(const EngineChoice& choice);

// The figures of one point of a benchmark; a point that failed is refused with its error. Answers must come within
// `least_sqnr_db` of those of `reference` (nullptr, or failed: nothing is compared).
EngineFigures figures_of(const BenchResult& result, const BenchResult* reference, double least_sqnr_db);

// engine.json. Unknown fields are passed over. Errors: invalid_data saying what is missing or wrong.
std::string to_json(const EngineChoice& choice);
Result<EngineChoice> parse_engine_choice(std::string_view json);

}  // namespace headrace
