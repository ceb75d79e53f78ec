// The whole path: import, fuse, calibrate, quantise, verify, measure, choose; into a bundle.
//
// A bundle is a folder: model.onnx, headrace.toml (resolved), signature.json, report.json, report.html, engine.json where the
// engine was Headrace's to choose, and labels.txt where class names are known.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "deploy/recipe.h"
#include "engines/engine.h"
#include "measure/engine_choice.h"
#include "report/report.h"

namespace headrace {

struct DeployOptions {
  std::filesystem::path program;  // the headrace binary, for the measuring workers
  std::vector<Variant> measured;  // versions that the caller has measured itself (PyTorch eager): the report's first rows
};

// Runs the path and writes the bundle to `folder` (nothing is left behind on failure; a bundle there is replaced, a folder of
// anything else is refused). The INT8 model becomes model.onnx when it costs no more accuracy than recipe.max_drop and is faster
// than FP32 here; otherwise FP32 does, and the report says why.
Result<DeployReport> deploy(const Recipe& recipe, const std::filesystem::path& folder, const DeployOptions& options,
                            const Progress& progress = {});

// What a served or run bundle needs to know.
struct Bundle {
  std::filesystem::path folder;
  Recipe recipe;
  Signature signature;
  std::vector<std::string> labels;
  std::string engine;                  // recommended; empty: for the machine that runs it to choose
  std::optional<EngineChoice> choice;  // engine.json: how it was chosen, where; none where the user named engines
  int threads = 1;
};
// Whether `path` is a folder with a headrace.toml and a model.onnx.
bool is_bundle(const std::filesystem::path& path);
// Errors: not_found, invalid_data and invalid_argument naming the file of the bundle that is missing or wrong.
Result<Bundle> open_bundle(const std::filesystem::path& folder);

}  // namespace headrace
