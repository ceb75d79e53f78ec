#include "deploy/onnx_form.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "base/atomic_file.h"
#include "deploy/import.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

// What this process has written so far.
class WrittenModels {
 public:
  Result<fs::path> path_of(const fs::path& given, const fs::path& weights) {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(given, weights);
    if (const auto found = folders_.find(key); found != folders_.end()) return file_in(found->second, given);
    HEADRACE_TRY(const Model model, import_model(given, weights));
    std::error_code failure;
    const fs::path temporary = fs::temp_directory_path(failure);
    if (failure) return io_error("there is no folder for temporary files: " + failure.message());
    HEADRACE_TRY(AtomicFolder folder, AtomicFolder::create(temporary / "headrace-model"));
    const fs::path file = file_in(folder, given);
    HEADRACE_CHECK(write_onnx(model, file));
    folders_.emplace(key, std::move(folder));
    return file;
  }

 private:
  static fs::path file_in(const AtomicFolder& folder, const fs::path& given) {
    return folder.temporary_path() / given.stem().replace_extension(".onnx");
  }

  std::mutex mutex_;
  std::map<std::pair<fs::path, fs::path>, AtomicFolder> folders_;  // never committed: they go with the process
};

}  // namespace

bool is_pytorch_file(const fs::path& path) {
  static constexpr std::array<std::string_view, 6> kExtensions{".pt2", ".pth", ".pt", ".ckpt", ".bin", ".safetensors"};
  return std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

Result<fs::path> onnx_form(const fs::path& given, const fs::path& weights) {
  static WrittenModels written;
  return written.path_of(given, weights);
}

}  // namespace headrace
