// Models that engines cannot read themselves, written as ONNX for the time of this process.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// An ONNX file of `model`, which was read from `source`; its name is the source's. It lies in a folder of its own under the
// system's folder for temporary files, and goes when the process ends. Asked for again for the same source: the same file.
// Errors: io_error; what `read` returns.
Result<std::filesystem::path> written_as_onnx(const std::filesystem::path& source,
                                              Result<Model> (*read)(const std::filesystem::path& source));

}  // namespace headrace
