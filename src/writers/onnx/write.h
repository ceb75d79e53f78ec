// Writing ONNX.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

struct WriteOptions {
  // Constants go to `<file name>.data` beside the model when the file would pass protobuf's limit of 2 GB, or always.
  bool external_data = false;
  // Keep value_info (types and shapes of intermediate values) in the file.
  bool value_info = true;
};

// Writes beside, then renames. Errors: io_error (disk full, permission).
Status write_onnx(const Model& model, const std::filesystem::path& path, const WriteOptions& options = {});

// The model as one serialised ModelProto in memory. Errors: unsupported past 2 GB.
Result<std::string> to_onnx_bytes(const Model& model);

}  // namespace headrace
