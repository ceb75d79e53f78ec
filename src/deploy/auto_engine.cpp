#include "deploy/auto_engine.h"

#include "deploy/engine_cache.h"
#include "deploy/recipe.h"
#include "engines/engine.h"
#include "measure/measure_engines.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

using Source = ChosenEngine::Source;

std::string describe(const Machine& machine) {
  return machine.cpu + " (" + machine.isa + ", " + std::to_string(machine.cpus) + (machine.cpus == 1 ? " CPU)" : " CPUs)");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The engines could not be compared: the first that is installed, ONNX Runtime if it is there, since it runs every model.
Result<ChosenEngine> fall_back(const Error& error) {
  if (error.code == ErrorCode::kCancelled) return error;
  for (const Engine* engine : all_engines())
    if (engine->available() && engine->name() != "reference")
      return ChosenEngine{std::string(engine->name()), Source::kFallback,
                          "the engines could not be measured on this model (" + error.describe() + ")"};
  return error;
}

std::string measured_on(const EngineChoice& choice) {
  if (choice.threads == 0) return " on all CPUs";
  return " on " + std::to_string(choice.threads) + (choice.threads == 1 ? " thread" : " threads");
}

Result<ChosenEngine> measure(const fs::path& model, const ChoiceKey& key, const AutoOptions& options) {
  HEADRACE_CHECK(options.progress.check());
  EngineRequest request;
  request.model = model;
  request.threads = key.threads;
  request.seconds = options.seconds;
  request.program = options.program;
  Result<EngineChoice> choice = measure_engines(request, options.progress);
  if (!choice) return fall_back(choice.error());
  choice->model = key.model;
  const fs::path folder = engine_cache_folder();
  const bool kept = remember_choice(folder, key, *choice);
  return ChosenEngine{
      choice->engine, Source::kMeasured,
      choice->reason + "; measured now" + measured_on(*choice) +
          (kept ? ", remembered in " + folder.string() : ", not remembered (the cache folder cannot be written)")};
}

}  // namespace

std::string_view to_string(Source source) {
  switch (source) {
    case Source::kNamed: return "named";
    case Source::kBundle: return "bundle";
    case Source::kRemembered: return "remembered";
    case Source::kMeasured: return "measured";
    case Source::kFallback: return "fallback";
  }
  return "";
}

Status valid_here(const EngineChoice& choice, const std::string& model, int threads) {
  if (choice.model != model) return invalid_argument("model.onnx is not the one that was measured");
  if (choice.machine != this_machine())
    return invalid_argument("the bundle was measured on " + describe(choice.machine) + ", this is " + describe(this_machine()));
  if (choice.threads != threads) return invalid_argument("the bundle was measured" + measured_on(choice));
  HEADRACE_TRY(const Engine* engine, find_engine(choice.engine));
  for (const EngineFigures& candidate : choice.candidates)
    if (candidate.engine == choice.engine && candidate.version != engine->version())
      return invalid_argument("the bundle was measured with " + choice.engine + " " + candidate.version + ", here is " +
                              engine->version());
  return Ok{};
}

Result<ChosenEngine> auto_engine(const fs::path& model, int threads, const std::optional<EngineChoice>& recorded, bool anew,
                                 const AutoOptions& options) {
  HEADRACE_TRY(std::string hash, model_hash(model));
  std::string why;
  if (recorded && !anew) {
    const Status valid = valid_here(*recorded, hash, threads);
    if (valid) return ChosenEngine{recorded->engine, Source::kBundle, recorded->reason};
    why = first_line(valid.error().describe());
  }
  const ChoiceKey key = choice_key(std::move(hash), threads);
  if (!anew)
    if (const auto known = remembered_choice(engine_cache_folder(), key))
      return ChosenEngine{known->engine, Source::kRemembered, known->reason};
  HEADRACE_TRY(ChosenEngine chosen, measure(model, key, options));
  if (!why.empty()) chosen.reason += "; " + why;
  return chosen;
}

Result<ChosenEngine> engine_for(const fs::path& model, const serve::ModelOptions& serve,
                                const std::optional<EngineChoice>& recorded, const AutoOptions& options) {
  if (!serve.engine.empty() && serve.engine != kAuto) return ChosenEngine{serve.engine, Source::kNamed, ""};
  return auto_engine(model, serve.threads, recorded, serve.engine == kAuto, options);
}

}  // namespace headrace
