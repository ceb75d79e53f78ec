#include "deploy/written_model.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "base/temporaries.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

class WrittenModels {
 public:
  ~WrittenModels() {
    std::error_code ignored;
    for (const auto& [source, file] : files_) {
      fs::remove_all(file.parent_path(), ignored);
      forget_temporary(file.parent_path());
    }
  }

  Result<fs::path> get(const fs::path& source, Result<Model> (*read)(const fs::path&)) {
    const std::lock_guard lock(mutex_);
    if (const auto found = files_.find(source); found != files_.end()) return found->second;
    HEADRACE_TRY(const Model model, read(source));
    HEADRACE_TRY(const fs::path folder, make_folder());
    const fs::path file = folder / source.filename().replace_extension(".onnx");
    files_[source] = file;
    HEADRACE_CHECK(write_onnx(model, file));
    return file;
  }

 private:
  static Result<fs::path> make_folder() {
    std::error_code failure;
    const fs::path root = fs::temp_directory_path(failure);
    if (failure) return io_error("there is no folder for temporary files (TMPDIR): " + failure.message());
    std::string name = (root / "headrace-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) return io_error("no folder can be made there").at(root.string());
    remember_temporary(name);
    return fs::path(name);
  }

  std::mutex mutex_;
  std::map<fs::path, fs::path> files_;
};

}  // namespace

Result<fs::path> written_as_onnx(const fs::path& source, Result<Model> (*read)(const fs::path& source)) {
  static WrittenModels models;
  std::error_code failure;
  const fs::path absolute = fs::absolute(source, failure);
  return models.get(failure ? source : absolute, read);
}

}  // namespace headrace
