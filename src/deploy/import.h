// From what the user names to a model in memory: bundles, ONNX files, and a clear answer for what is neither.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "ir/model.h"
#include "passes/pass.h"

namespace headrace {

// The ONNX file that `given` means: itself, the model of a bundle, or, for what comes from PyTorch, a temporary file that stays
// until the process ends. `weights`: see import_model(). Errors: those of import_model().
Result<std::filesystem::path> model_file(const std::filesystem::path& given, const std::filesystem::path& weights = {});

// Reads an ONNX file, a bundle, an exported program (.pt2), or a checkpoint of a network that build_architecture() knows.
// `weights`: a checkpoint (.pth, .safetensors) to take the place of an exported program's own; empty: none. Errors: not_found;
// those of the readers; invalid_argument for `weights` beside a model that keeps no names of parameters.
Result<Model> import_model(const std::filesystem::path& given, const std::filesystem::path& weights = {});

// All passes, with constants folded by ONNX Runtime where it is installed.
Result<std::vector<PassReport>> simplify(Model& model, const PassOptions& options = {});

// "batch_norm 53, dead_code 2": the passes that changed something.
std::string describe(const std::vector<PassReport>& passes);

// Inputs (without those that have a constant) and outputs as an engine would show them.
Signature signature_of(const Model& model);

// Bytes of a model file and of the external data beside it.
uint64_t model_bytes(const std::filesystem::path& model);

}  // namespace headrace
