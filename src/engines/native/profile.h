// Where the time of a model goes, layer by layer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace::native {

struct LayerProfile {
  std::string name, kind;  // the node's name; "conv", "winograd", ...
  std::string output;      // "1x56x56x64": pictures, rows, columns, channels
  int64_t macs = 0;
  size_t weight_bytes = 0;
  double minimum_us = 0, median_us = 0;  // of all runs; where a layer works in bands, their sum
};

struct ModelProfile {
  std::string isa;
  int threads = 1, batch = 1, runs = 0;
  size_t arena_bytes = 0, scratch_bytes = 0, weight_bytes = 0;
  double minimum_ms = 0, median_ms = 0;  // of whole runs
  std::vector<LayerProfile> layers = {};
};

// Runs the model on random inputs; unknown extents are 1, the first one of every input is `batch`.
// Errors: those of loading it in the native engine.
Result<ModelProfile> profile_model(const std::filesystem::path& model, int threads, int batch, int runs);

}  // namespace headrace::native
