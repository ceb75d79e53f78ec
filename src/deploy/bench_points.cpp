#include "deploy/bench_points.h"

#include <algorithm>

#include "base/cpu.h"
#include "deploy/import.h"

namespace headrace {

namespace {

// Measured without being named: not the oracle, which is slow on purpose, nor a second ONNX Runtime that would run the same
// kernels.
bool measured_by_default(const Engine& engine) {
  if (engine.name() == "reference") return false;
  return engine.name() != "ort-exact" || int8_kernels_saturate(cpu_info());
}

}  // namespace

bool chooses_engine(const Recipe& recipe) {
  return recipe.engines.empty() || std::find(recipe.engines.begin(), recipe.engines.end(), kAuto) != recipe.engines.end();
}

Result<std::vector<std::string>> engines_for(const Recipe& recipe) {
  for (const std::string& name : recipe.engines)
    if (name != kAuto) HEADRACE_CHECK(find_engine(name));
  if (!chooses_engine(recipe)) return recipe.engines;
  std::vector<std::string> names;
  for (const Engine* engine : all_engines())
    if (engine->available().ok() && measured_by_default(*engine)) names.emplace_back(engine->name());
  for (const std::string& name : recipe.engines)  // named beside auto
    if (name != kAuto && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  if (names.empty()) return unavailable("no engine is installed; `headrace doctor` says what is missing and how to get it");
  return names;
}

Result<std::vector<BenchCase>> bench_points(std::span<const std::string> models, const Recipe& recipe) {
  HEADRACE_TRY(const std::vector<std::string> engines, engines_for(recipe));
  std::vector<BenchCase> points;
  for (const std::string& model : models) {
    HEADRACE_TRY(const std::filesystem::path file, model_file(model));
    for (const std::string& engine : engines)
      for (const int threads : recipe.threads)
        for (const int batch : recipe.batches)
          for (const int clients : recipe.clients) points.push_back({file, engine, threads, batch, clients});
  }
  return points;
}

}  // namespace headrace
