// Whether a file can be written, asked before hours of work rather than after.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace headrace {

// Errors: not_found when the folder it would lie in does not exist; invalid_argument when `path` is itself a folder; io_error
// when the folder may not be written to.
Status check_output(const std::filesystem::path& path);

}  // namespace headrace
