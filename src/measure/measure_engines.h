// Measures the engines of this machine on one model and chooses among them: the engine `auto`.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "ir/model.h"
#include "measure/engine_choice.h"

namespace headrace {

struct EngineRequest {
  std::filesystem::path model;
  int threads = 1;
  double seconds = 0.5;           // measured time per engine
  double hang_seconds = 20;       // an engine that takes longer for one run is refused (loading: four times that)
  std::filesystem::path program;  // the headrace binary to start workers from; empty: this one
};

// Answers of float models differ by the order of their sums alone: 60 dB are 0.1 %. Those of quantised models also by how an
// engine rounds between layers: 20 dB are less than what quantising itself costs, and saturated sums miss it.
inline constexpr double kLeastFloatSqnrDb = 60;
inline constexpr double kLeastInt8SqnrDb = 20;

// Whether any of its ops computes with or converts to quantised numbers.
bool is_quantized(const Graph& graph);

// How answers are judged where there are no samples: against whose, and how close they must come.
struct AnswerRule {
  std::string reference;  // an engine
  double least_sqnr_db = 0;
};
AnswerRule answer_rule(bool quantized);
std::string describe(const AnswerRule& rule);  // "20 dB of ort-exact's answers on random input"

// Engines that are no candidates, each with the reason: not installed, or the same kernels as another here. `reference`, which is
// slow on purpose, is not mentioned at all.
std::vector<EngineFigures> refused_engines(bool quantized);
// The others, by name; the rule's reference first where it is installed.
std::vector<std::string> candidate_engines(bool quantized);

// The choice out of points of one model, number of threads and batch size. Errors: those of rank_engines().
Result<EngineChoice> choose_engine(std::span<const BenchResult* const> points, bool quantized);

// Measures all candidates, each in a process of its own, in turns, at the model's batch size (1 where it is free). Errors: those
// of reading the model, and of choose_engine(); cancelled.
Result<EngineChoice> measure_engines(const EngineRequest& request, const Progress& progress = {});

}  // namespace headrace
