#include "serve/repository/stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace headrace::serve {
namespace fs = std::filesystem;
namespace {

std::string stamp_of_file(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return "-;";
  return std::to_string(status.st_ino) + "," + std::to_string(status.st_size) + "," + std::to_string(status.st_mtim.tv_sec) +
         "." + std::to_string(status.st_mtim.tv_nsec) + ";";
}

// What people and programs write beside a model (logs, reports), and no exporter puts weights in.
bool is_text(const fs::path& file) {
  constexpr std::string_view kText[] = {".log", ".json", ".jsonl", ".html", ".md", ".txt"};
  return std::ranges::find(kText, file.extension().string()) != std::end(kText);
}

// Names of the files in `folder` that begin with `prefix` and may hold weights: a model names its files of external data itself,
// and exporters choose any name.
std::set<std::string> data_files(const fs::path& folder, const std::string& prefix) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(prefix) && !name.starts_with(".") && !is_text(it->path()) && it->is_regular_file(ignored))
      names.insert(name);
  }
  return names;
}

}  // namespace

std::string stamp_of(const fs::path& version) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(version, ignored);
  const fs::path folder = is_folder ? version : version.parent_path();
  std::set<std::string> names = data_files(folder, is_folder ? "" : version.filename().string());
  if (is_folder) names.insert({"headrace.toml", "model.onnx", "signature.json", "engine.json", "labels.txt"});
  else names.insert(version.filename().string());
  std::string stamp;
  for (const std::string& name : names) stamp += name + ":" + stamp_of_file(folder / name);
  return stamp;
}

}  // namespace headrace::serve
