#include "engines/native/tune_file.h"

#include <array>
#include <fstream>
#include <mutex>

#include "base/atomic_file.h"
#include "base/cache_folder.h"

namespace headrace::native {

namespace {

constexpr std::array<std::string_view, 3> kNames{"direct", "winograd4", "winograd2"};

std::mutex mutex;

std::filesystem::path file() {
  const std::filesystem::path folder = cache_folder();
  return folder.empty() ? folder : folder / "kernels.txt";
}

void read_into(std::map<std::string, ConvWay>& ways) {
  std::ifstream stream(file());
  for (std::string line; std::getline(stream, line);) {
    const size_t space = line.find(' ');
    for (size_t i = 0; space != std::string::npos && i < kNames.size(); ++i)
      if (std::string_view(line).substr(0, space) == kNames[i])
        ways.insert_or_assign(line.substr(space + 1), static_cast<ConvWay>(i));
  }
}

// What this process knows; the file is read once.
std::map<std::string, ConvWay>& known() {
  static std::map<std::string, ConvWay> ways = [] {
    std::map<std::string, ConvWay> read;
    read_into(read);
    return read;
  }();
  return ways;
}

}  // namespace

std::optional<ConvWay> remembered_way(const std::string& key) {
  const std::lock_guard lock(mutex);
  const auto found = known().find(key);
  return found == known().end() ? std::nullopt : std::optional(found->second);
}

void remember_ways(const std::map<std::string, ConvWay>& ways) {
  const std::lock_guard lock(mutex);
  for (const auto& [key, way] : ways) known().insert_or_assign(key, way);
  if (file().empty()) return;
  std::map<std::string, ConvWay> all;
  read_into(all);  // others may have written since
  for (const auto& [key, way] : ways) all.insert_or_assign(key, way);
  std::string text;
  for (const auto& [key, way] : all) text += std::string(kNames[static_cast<size_t>(way)]) + " " + key + "\n";
  std::error_code error;
  std::filesystem::create_directories(file().parent_path(), error);
  if (error) return;
  [[maybe_unused]] const Status written = write_file_atomically(file(), text);
}

}  // namespace headrace::native
