#include "base/temporaries.h"

#include <mutex>
#include <set>

namespace headrace {
namespace fs = std::filesystem;
namespace {

struct Registry {
  std::mutex mutex;
  std::set<fs::path> paths;
};

// Never destroyed: files may be closed while the process ends.
Registry& registry() {
  static Registry* const only = new Registry;
  return *only;
}

}  // namespace

void remember_temporary(const fs::path& path) {
  const std::lock_guard lock(registry().mutex);
  registry().paths.insert(path);
}

void forget_temporary(const fs::path& path) {
  const std::lock_guard lock(registry().mutex);
  registry().paths.erase(path);
}

void remove_temporaries() {
  const std::lock_guard lock(registry().mutex);
  std::error_code ignored;
  for (const fs::path& path : registry().paths) fs::remove_all(path, ignored);
}

}  // namespace headrace
