// From what the user names to a model in memory: bundles, ONNX files, and a clear answer for what is neither.
#pragma once

#include <filesystem>
#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "ir/model.h"
#include "passes/pass.h"

namespace headrace {

// The file that `given` means: itself, or the model of a bundle. Errors: not_found; unsupported for checkpoints (.pth, .pt,
// .safetensors), saying what to do with them.
Result<std::filesystem::path> source_file(const std::filesystem::path& given);

// The same for an engine, which reads ONNX: an exported program (.pt2) is written as ONNX into a folder of its own, which goes when
// this process ends. A program that is asked for again is not written again.
Result<std::filesystem::path> model_file(const std::filesystem::path& given);

// source_file(), read. Errors: those of read_onnx() and read_pt2().
Result<Model> import_model(const std::filesystem::path& given);

// All passes, with constants folded by ONNX Runtime where it is installed.
Result<std::vector<PassReport>> simplify(Model& model, const PassOptions& options = {});

// "batch_norm 53, dead_code 2": the passes that changed something.
std::string describe(const std::vector<PassReport>& passes);

// Inputs (without those that have a constant) and outputs as an engine would show them.
Signature signature_of(const Model& model);

// Bytes of a model file and of the external data beside it.
uint64_t model_bytes(const std::filesystem::path& model);

}  // namespace headrace
