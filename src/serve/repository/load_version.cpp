// A version's files become sessions on an engine: opened, sized to the machine, warm.
#include <algorithm>

#include "base/cpu.h"
#include "base/parallel.h"
#include "data/picture_tensor.h"
#include "deploy/deploy.h"
#include "deploy/import.h"
#include "serve/repository/served_version.h"
#include "serve/repository/warm_up.h"

namespace headrace::serve {
namespace fs = std::filesystem;
namespace {

constexpr double kMeasuredSeconds = 0.2;  // for each way to use the CPUs, and kind of batch
constexpr int64_t kQueuedBatchesPerInstance = 16;

// What the files and the flags say, before anything is loaded.
struct Plan {
  fs::path model;
  Recipe recipe;
  std::vector<std::string> labels;
  std::optional<EngineChoice> recorded;
  int recommended_threads = 1;  // that an engine is chosen for, where nobody ordered a number
};

// What deploy wrote into a bundle from its own measurements is advice, not an order: the engine is checked against this machine,
// and the threads are those of a single caller.
void forget_advice(Plan& plan) {
  if (!plan.recorded) return;
  ModelOptions& serve = plan.recipe.serve;
  if (serve.engine == plan.recorded->engine) serve.engine.clear();
  if (serve.threads == plan.recorded->threads && serve.instances == 0) serve.threads = 0;
  plan.recommended_threads = plan.recorded->threads;
}

Result<Plan> plan_for(const fs::path& path, const RecipeOverlay& overlay) {
  Plan plan;
  std::error_code ignored;
  if (is_bundle(path)) {
    HEADRACE_TRY(Bundle bundle, open_bundle(path));
    plan.model = path / "model.onnx";
    plan.recipe = std::move(bundle.recipe);
    plan.labels = std::move(bundle.labels);
    plan.recorded = std::move(bundle.choice);
    forget_advice(plan);
  } else {
    HEADRACE_TRY(plan.model, model_file(fs::is_directory(path, ignored) ? path / "model.onnx" : path));
    plan.recipe.preprocess = "none";  // nobody has said what pictures should become
    plan.recipe.serve.threads = 0;
  }
  if (overlay) HEADRACE_CHECK(overlay(plan.recipe));
  return plan;
}

Result<ChosenEngine> choose_engine(const Plan& plan, const AutoOptions& options) {
  ModelOptions serve = plan.recipe.serve;
  if (serve.threads == 0) serve.threads = plan.recommended_threads;
  return engine_for(plan.model, serve, plan.recorded, options);
}

// One session of one thread serves all instances, of which there may be as many as CPUs.
SessionOptions session_options(int threads) {
  SessionOptions options;
  options.threads = threads;
  if (threads == 1) options.streams = available_cpus();
  return options;
}

// `first`, a session of one thread that is open already, is given out before another is opened.
OpenSessions opener(const Engine* engine, const fs::path& model, std::unique_ptr<Session> first) {
  auto spare = std::make_shared<std::unique_ptr<Session>>(std::move(first));
  return [engine, model, spare](int count, int threads) -> Result<Sessions> {
    const SessionOptions options = session_options(threads);
    Sessions sessions;
    if (threads == 1 && *spare) sessions.push_back(std::move(*spare));
    while (sessions.size() < static_cast<size_t>(count)) {
      HEADRACE_TRY(auto session, engine->load(model, options));
      sessions.push_back(std::move(session));
    }
    return sessions;
  };
}

// What the user set, then what was found for the model before, then what a measurement will say.
Parallelism asked_parallelism(const ModelOptions& serve, const Parallelism& known) {
  if (serve.instances > 0 || serve.threads > 0) return {serve.instances, serve.threads};
  return known;
}

// How pictures become tensors, if the model takes any.
std::optional<Preprocess> picture_preprocess(const Recipe& recipe, const Signature& signature) {
  const Result<Preprocess> preprocess = parse_preprocess(recipe.preprocess);
  if (!preprocess || !check_picture_input(signature, *preprocess)) return std::nullopt;
  return *preprocess;
}

ModelOptions resolved(ModelOptions options, const std::string& engine, const Parallelism& parallelism, int64_t max_batch_size) {
  options.engine = engine;
  options.instances = parallelism.instances;
  options.threads = parallelism.threads;
  options.max_batch_size = max_batch_size;
  if (options.max_queue_size == 0)
    options.max_queue_size = kQueuedBatchesPerInstance * std::max<int64_t>(max_batch_size, 1) * options.instances;
  std::erase_if(options.preferred_batch_sizes, [&](int64_t size) { return size > max_batch_size; });
  return options;
}

std::string joined(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + "; " + b; }

Result<LoadedVersion> load_version(const std::string& name, const VersionSource& source, const Parallelism& known,
                                   const RecipeOverlay& overlay, const AutoOptions& auto_options) {
  HEADRACE_TRY(Plan plan, plan_for(source.path, overlay));
  HEADRACE_TRY(const ChosenEngine chosen, choose_engine(plan, auto_options));
  HEADRACE_TRY(const Engine* engine, find_engine(chosen.engine));
  HEADRACE_CHECK(engine->available());
  HEADRACE_TRY(auto first, engine->load(plan.model, session_options(1)));  // for its signature
  const Signature signature = first->signature();
  HEADRACE_TRY(const int64_t max_batch_size, batch_limit(signature, plan.recipe.serve));
  const auto candidates = parallelism_candidates(available_cpus(), asked_parallelism(plan.recipe.serve, known));
  HEADRACE_TRY(ParallelSessions parallel,
               choose_parallelism(candidates, max_batch_size, kMeasuredSeconds, opener(engine, plan.model, std::move(first)),
                                  auto_options.progress));
  HEADRACE_CHECK(warm_up(parallel, max_batch_size));

  LoadedVersion loaded;
  loaded.model = {name,
                  std::to_string(source.number),
                  "headrace_" + chosen.engine,
                  signature,
                  {},
                  resolved(plan.recipe.serve, chosen.engine, parallel.parallelism, max_batch_size)};
  for (auto& session : parallel.sessions) loaded.model.sessions.push_back(std::move(session));
  loaded.files = {std::move(plan.labels), picture_preprocess(plan.recipe, signature), chosen.engine, isa_name(cpu_info()),
                  joined(chosen.reason, parallel.note)};
  return loaded;
}

}  // namespace

Backend engine_backend(RecipeOverlay overlay, fs::path program, std::shared_ptr<CpuBudget> budget) {
  Backend backend;
  backend.load = [overlay = std::move(overlay), program = std::move(program)](
                     const std::string& name, const VersionSource& source, const Parallelism& known,
                     const Progress& progress) -> Result<LoadedVersion> {
    Result<LoadedVersion> loaded = load_version(name, source, known, overlay, {program, progress});
    if (!loaded && loaded.error().context.empty()) return std::move(loaded).error().at(source.path.string());
    return loaded;
  };
  backend.start = [budget = std::move(budget)](LoadedModel loaded) { return Model::start(std::move(loaded), budget); };
  return backend;
}

}  // namespace headrace::serve
