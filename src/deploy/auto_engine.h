// The engine `auto` when a model is to be run: what the bundle says if it was measured on a machine like this one, else what this
// machine remembers, else what a short measurement finds.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/progress.h"
#include "deploy/serve_options.h"
#include "measure/engine_choice.h"

namespace headrace {

struct AutoOptions {
  std::filesystem::path program;  // the headrace binary, for the measuring workers; empty: this one
  Progress progress;
  double seconds = 0.5;  // measured time per engine
};

struct ChosenEngine {
  enum class Source { kNamed, kBundle, kRemembered, kMeasured, kFallback };
  std::string engine;
  Source source = Source::kNamed;
  std::string reason;  // one line; empty: the user named it
};
std::string_view to_string(ChosenEngine::Source source);  // "named", "bundle", "remembered", "measured", "fallback"

// engine.json of a bundle, when it is valid here: the same model, CPU, ISA, number of CPUs and threads, and the engine installed
// in the version that was measured. Otherwise what differs.
Status valid_here(const EngineChoice& choice, const std::string& model, int threads);

// Chooses. `recorded` is the bundle's; `anew` asks for a measurement whatever is known already. When nothing can be measured (a
// model with extents that only the user knows, say) it falls back to ort, or to what else is installed, and the reason says why.
// Errors: those of reading the model; unavailable when there is no engine at all; cancelled.
Result<ChosenEngine> auto_engine(const std::filesystem::path& model, int threads, const std::optional<EngineChoice>& recorded,
                                 bool anew, const AutoOptions& options);

// The engine that `serve` names; where it names none, or auto, auto_engine() chooses for serve.threads.
Result<ChosenEngine> engine_for(const std::filesystem::path& model, const serve::ModelOptions& serve,
                                const std::optional<EngineChoice>& recorded, const AutoOptions& options);

}  // namespace headrace
