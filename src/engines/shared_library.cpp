#include "engines/shared_library.h"

#include <dlfcn.h>

#include <algorithm>

namespace headrace {
namespace fs = std::filesystem;
namespace {

fs::path folder_of_program() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

fs::path folder_of_this_code() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&own_library_paths), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code ignored;
  return fs::canonical(info.dli_fname, ignored).parent_path();  // the program itself is named as it was called: perhaps not found
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const std::vector<fs::path>& candidates) {
  std::string failures;
  for (const fs::path& path : candidates) {
    std::error_code ignored;
    if (path.has_parent_path() && !fs::exists(path, ignored)) {
      failures += "\n  " + path.string() + ": not there";
      continue;
    }
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); handle != nullptr) return SharedLibrary(handle, path);
    const char* reason = dlerror();
    failures += "\n  " + path.string() + ": " + (reason != nullptr ? reason : "could not be opened");
  }
  return unavailable("looked at" + failures);
}

void* SharedLibrary::symbol(const char* name) const { return dlsym(handle_, name); }

std::vector<fs::path> own_library_paths(const std::string& name) {
  std::vector<fs::path> paths;
  for (const fs::path& folder : {folder_of_this_code(), folder_of_program()}) {
    if (folder.empty()) continue;
    for (const fs::path& path : {folder / name, folder.parent_path() / "lib" / name})
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

}  // namespace headrace
