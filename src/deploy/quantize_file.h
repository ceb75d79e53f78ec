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

// Reads recipe.model, simplifies, quantises and writes `output`. Errors: those of the steps; invalid_argument when static mode
// has no calibration data.
Result<QuantizedFile> quantize_file(const Recipe& recipe, const std::filesystem::path& output, const Progress& progress = {});

}  // namespace headrace
