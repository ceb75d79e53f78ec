// Whether the files of a model are still those that were loaded.
#pragma once

#include <filesystem>
#include <string>

namespace headrace::serve {

// Inode, size and time of change of what a version consists of; a file that is not there counts as well. Files of external data
// count: those in the version's folder, or, of an .onnx file alone, those beside it whose names begin with its own.
std::string stamp_of(const std::filesystem::path& version);

}  // namespace headrace::serve
