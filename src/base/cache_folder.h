// Where what was found out about this machine is kept between processes.
#pragma once

#include <filesystem>

namespace headrace {

// $XDG_CACHE_HOME/headrace, or ~/.cache/headrace; empty where neither variable is an absolute path.
std::filesystem::path cache_folder();

}  // namespace headrace
