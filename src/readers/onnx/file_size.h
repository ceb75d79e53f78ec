// How much a model takes on the disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.h"

namespace headrace {

// The bytes of a model file and of the external data files that its main graph names, each counted once. Errors: not_found,
// invalid_model, io_error. Locations are not judged here: read_onnx() refuses those that leave the folder.
Result<uint64_t> onnx_file_size(const std::filesystem::path& path);

}  // namespace headrace
