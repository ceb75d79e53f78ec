// A version of a model that takes requests, and what loading one gives.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/preprocess.h"
#include "serve/model/model.h"
#include "serve/repository/parallelism.h"
#include "serve/repository/scan.h"

namespace headrace::serve {

struct ModelFiles {  // what the front ends ask for beside inference
  std::vector<std::string> labels;
  std::optional<Preprocess> preprocess;  // of pictures; none: the model takes tensors alone
  std::string engine, isa;               // what it runs on
  std::string note;                      // why this engine, and what could not be measured; empty: nothing to say
};

struct LoadedVersion {
  LoadedModel model;
  ModelFiles files;
};

struct ServedVersion {
  std::string name;
  int64_t number = 1;
  std::string stamp;  // of the files it was loaded from
  std::shared_ptr<Model> model;
  ModelFiles files;
};
using ServedPointer = std::shared_ptr<const ServedVersion>;

// How versions are opened and run. Tests put their own in the place of engines.
struct Backend {
  // `known` is what was chosen for the model before (zeros: nothing yet): a new version of it is not measured again, since it
  // would be measured beside the requests that the old one serves.
  std::function<Result<LoadedVersion>(const std::string& name, const VersionSource& source, const Parallelism& known,
                                      const Progress& progress)>
      load;
  std::function<std::shared_ptr<Model>(LoadedModel loaded)> start;
};

// The one that serves: bundles and ONNX files through the engines; `overlay` (the flags) is laid over what a bundle says.
Backend engine_backend(RecipeOverlay overlay, std::filesystem::path program, std::shared_ptr<CpuBudget> budget);

}  // namespace headrace::serve
