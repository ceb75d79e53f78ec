// Class names: given in the recipe, read from a text file, or the names of the data's sub-folders.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

// One name a line; a carriage return at the end of a line is dropped.
Result<std::vector<std::string>> read_labels(const std::filesystem::path& file);
// What Recipe::labels means: the names, or the lines of the one file that it names.
Result<std::vector<std::string>> resolve_labels(const std::vector<std::string>& labels);
std::string labels_text(const std::vector<std::string>& labels);

}  // namespace headrace
