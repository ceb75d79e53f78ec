#include "measure/measure_engines.h"

#include <algorithm>

#include "base/cpu.h"
#include "engines/engine.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

constexpr int kRounds = 3;
constexpr double kWarmupSeconds = 0.1;

bool installed(const Engine& engine) { return engine.available().ok(); }

// ONNX Runtime's exact kernels are others than its usual ones only for INT8, and only where those can saturate.
bool repeats_ort(const Engine& engine, bool quantized) {
  return engine.name() == "ort-exact" && !(quantized && int8_kernels_saturate(cpu_info()));
}

// The extent that the model fixes for its batch, else 1.
int batch_of(const Graph& graph) {
  for (const Value* input : graph.inputs())
    if (!input->is_constant() && input->shape && !input->shape->empty() && input->shape->front().known())
      return static_cast<int>(std::clamp<int64_t>(input->shape->front().extent, 1, 1 << 20));
  return 1;
}

}  // namespace

bool is_quantized(const Graph& graph) {
  return std::any_of(graph.nodes().begin(), graph.nodes().end(), [](const auto& node) {
    const std::string& op = node->op_type;
    return op.starts_with("QLinear") || op.ends_with("QuantizeLinear") || op.ends_with("DequantizeLinear") ||
           op.ends_with("Integer");
  });
}

AnswerRule answer_rule(bool quantized) {
  if (!quantized) return {"ort", kLeastFloatSqnrDb};
  return {int8_kernels_saturate(cpu_info()) ? "ort-exact" : "ort", kLeastInt8SqnrDb};
}

std::string describe(const AnswerRule& rule) {
  return std::to_string(static_cast<int>(rule.least_sqnr_db)) + " dB against " + rule.reference + " on random input";
}

std::vector<EngineFigures> refused_engines(bool quantized) {
  std::vector<EngineFigures> refused;
  for (const Engine* engine : all_engines()) {
    if (engine->name() == "reference") continue;
    EngineFigures figures;
    figures.engine = engine->name();
    figures.tried = false;
    if (const Status available = engine->available(); !available)
      figures.refused = "not available: " + available.error().describe();
    else if (repeats_ort(*engine, quantized)) figures.refused = "for this model it has the same kernels as ort here";
    if (!figures.refused.empty()) refused.push_back(std::move(figures));
  }
  return refused;
}

std::vector<std::string> candidate_engines(bool quantized) {
  std::vector<std::string> names;
  for (const Engine* engine : all_engines())
    if (engine->name() != "reference" && installed(*engine) && !repeats_ort(*engine, quantized))
      names.emplace_back(engine->name());
  const auto reference = std::find(names.begin(), names.end(), answer_rule(quantized).reference);
  if (reference != names.end()) std::rotate(names.begin(), reference, reference + 1);
  return names;
}

Result<EngineChoice> choose_engine(std::span<const BenchResult* const> points, bool quantized) {
  const AnswerRule rule = answer_rule(quantized);
  const auto found = std::find_if(points.begin(), points.end(), [&](auto* p) { return p->point.engine == rule.reference; });
  const BenchResult* reference = found == points.end() ? nullptr : *found;
  EngineChoice choice;
  choice.machine = this_machine();
  choice.requirement = reference == nullptr || !reference->error.empty()
                           ? "none: there was no " + rule.reference + " to compare with"
                           : describe(rule);
  for (const BenchResult* point : points) choice.candidates.push_back(figures_of(*point, reference, rule.least_sqnr_db));
  for (EngineFigures& refused : refused_engines(quantized))
    if (std::none_of(points.begin(), points.end(), [&](auto* p) { return p->point.engine == refused.engine; }))
      choice.candidates.push_back(std::move(refused));
  if (!points.empty()) choice.threads = points.front()->point.threads, choice.batch = points.front()->point.batch;
  HEADRACE_CHECK(rank_engines(choice));
  return choice;
}

Result<EngineChoice> measure_engines(const EngineRequest& request, const Progress& progress) {
  bool quantized = false;
  int batch = 1;
  {  // the model is not needed in memory while others measure it
    HEADRACE_TRY(const Model model, read_onnx(request.model));
    quantized = is_quantized(*model.graph);
    batch = batch_of(*model.graph);
  }
  std::vector<BenchCase> points;
  for (const std::string& engine : candidate_engines(quantized))
    points.push_back({request.model, engine, request.threads, batch});
  BenchOptions options;
  options.seconds = request.seconds;
  options.rounds = kRounds;
  options.warmup_seconds = kWarmupSeconds;
  options.hang_seconds = request.hang_seconds;
  options.program = request.program;
  HEADRACE_TRY(const std::vector<BenchResult> results, bench(points, options, progress));
  std::vector<const BenchResult*> all;
  for (const BenchResult& result : results) all.push_back(&result);
  return choose_engine(all, quantized);
}

}  // namespace headrace
