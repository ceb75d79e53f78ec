// Model file in, folded ONNX file out: what `headrace convert` does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shape.h"
#include "passes/pass.h"
#include "writers/onnx/write.h"

namespace headrace {

struct ConvertOptions {
  std::filesystem::path weights;  // see import_model()
  PassOptions passes;
  int64_t opset = 0;                                   // 0: as it is
  std::optional<Dim> batch;                            // not given: as it is
  std::vector<std::string> input_names, output_names;  // of all inputs or outputs in their order; empty: as they are
  WriteOptions write;
};

struct ModelSize {
  uint64_t bytes = 0;
  size_t nodes = 0;
  int64_t opset = 0;
};

struct Converted {
  ModelSize before, after;
  std::vector<PassReport> passes;
};

// "8", or "dynamic" for the symbolic dimension "batch". Errors: invalid_argument.
Result<std::optional<Dim>> parse_batch(std::string_view text);

Result<Converted> convert_file(const std::filesystem::path& model, const std::filesystem::path& output,
                               const ConvertOptions& options);

}  // namespace headrace
