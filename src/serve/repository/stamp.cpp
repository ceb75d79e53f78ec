#include "serve/repository/stamp.h"

#include <sys/stat.h>

namespace headrace::serve {
namespace fs = std::filesystem;
namespace {

std::string stamp_of_file(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "-;";
  return std::to_string(status.st_ino) + "," + std::to_string(status.st_size) + "," + std::to_string(status.st_mtim.tv_sec) +
         "." + std::to_string(status.st_mtim.tv_nsec) + ";";
}

}  // namespace

std::string stamp_of(const fs::path& version) {
  std::error_code ignored;
  if (!fs::is_directory(version, ignored)) return stamp_of_file(version);
  std::string stamp;
  for (const char* name : {"headrace.toml", "model.onnx", "signature.json", "engine.json", "labels.txt"})
    stamp += stamp_of_file(version / name);
  return stamp;
}

}  // namespace headrace::serve
