// Model file in, INT8 model file out: what `headrace quantize` does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "deploy/recipe.h"

namespace headrace {

struct QuantizedFile {
  QuantReport report;
  std::vector<std::string> notes;  // such as a raised opset
  uint64_t bytes_before = 0, bytes_after = 0;
};

// Reads recipe.model, simplifies, quantises and writes `output`. Errors: those of the steps; invalid_argument when static mode has
// no calibration data.
Result<QuantizedFile> quantize_file(const Recipe& recipe, const std::filesystem::path& output, const Progress& progress = {});

// The recipe's calibration samples for a model of this signature; nullptr where dynamic mode needs none.
Result<std::unique_ptr<Dataset>> open_calibration(const Recipe& recipe, const Signature& signature);
// Opens `path` with the recipe's preprocessing.
Result<std::unique_ptr<Dataset>> open_data(const Recipe& recipe, const std::string& path, const Signature& signature);

}  // namespace headrace
