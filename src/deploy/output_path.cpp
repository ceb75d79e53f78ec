#include "deploy/output_path.h"

#include "base/atomic_file.h"

namespace headrace {

Status check_output(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return invalid_argument("this is a folder; name the file to write").at(path.string());
  HEADRACE_CHECK(AtomicFile::create(path));  // made beside the path, and gone again
  return Ok{};
}

}  // namespace headrace
