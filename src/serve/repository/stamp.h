// Whether the files of a model are still those that were loaded.
#pragma once

#include <filesystem>
#include <string>

namespace headrace::serve {

// Inode, size and time of change of what a version consists of; a file that is not there counts as well.
std::string stamp_of(const std::filesystem::path& version);

}  // namespace headrace::serve
