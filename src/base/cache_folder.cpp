#include "base/cache_folder.h"

#include <cstdlib>

namespace headrace {
namespace fs = std::filesystem;

namespace {

fs::path absolute_path_in(const char* variable) {
  const char* text = std::getenv(variable);
  const fs::path path = text == nullptr ? "" : text;
  return path.is_absolute() ? path : fs::path();
}

}  // namespace

fs::path cache_folder() {
  if (const fs::path cache = absolute_path_in("XDG_CACHE_HOME"); !cache.empty()) return cache / "headrace";
  const fs::path home = absolute_path_in("HOME");
  return home.empty() ? home : home / ".cache/headrace";
}

}  // namespace headrace
