#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/temporaries.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

Error os_error(const fs::path& path, const char* what) {
  const int reason = errno;
  std::string message = std::string(what) + ": " + std::strerror(reason);
  if (reason == ENOSPC) message += "; free some space and run it again (nothing was left behind)";
  return io_error(std::move(message)).at(path.string());
}

fs::path without_trailing_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

// A name that mkstemp and mkdtemp accept, in the folder of `path`, hidden from a plain listing.
std::string temporary_template(const fs::path& path) {
  return (path.parent_path() / ("." + path.filename().string() + ".XXXXXX")).string();
}

Status require_parent(const fs::path& path) {
  const fs::path parent = path.parent_path();
  std::error_code error;
  if (!parent.empty() && !fs::is_directory(parent, error))
    return not_found("the folder '" + parent.string() + "' to write to does not exist").at(path.string());
  return Ok{};
}

}  // namespace

AtomicFile::AtomicFile(fs::path path, fs::path temporary, int descriptor)
    : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)), descriptor_(std::exchange(other.descriptor_, -1)) {
  other.temporary_.clear();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  forget_temporary(temporary_);
}

Result<AtomicFile> AtomicFile::create(const fs::path& path) {
  HEADRACE_CHECK(require_parent(path));
  std::string name = temporary_template(path);
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) return os_error(path, "cannot create the file");
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, 0666 & ~mask);
  remember_temporary(name);
  return AtomicFile(path, name, descriptor);
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error(path_, "cannot write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return Ok{};
}

Status AtomicFile::write(std::string_view text) { return write(std::as_bytes(std::span(text.data(), text.size()))); }

Status AtomicFile::commit() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) return os_error(path_, "cannot finish writing");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) return os_error(path_, "cannot give the file its name");
  forget_temporary(temporary_);
  temporary_.clear();
  return Ok{};
}

AtomicFolder::AtomicFolder(fs::path path, fs::path temporary) : path_(std::move(path)), temporary_(std::move(temporary)) {}

AtomicFolder::AtomicFolder(AtomicFolder&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)) {
  other.temporary_.clear();
}

AtomicFolder::~AtomicFolder() {
  if (temporary_.empty()) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
  forget_temporary(temporary_);
}

Result<AtomicFolder> AtomicFolder::create(const fs::path& given) {
  const fs::path path = without_trailing_slash(given);
  HEADRACE_CHECK(require_parent(path));
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    return invalid_argument("there is a file of this name already; name a folder").at(path.string());
  std::string name = temporary_template(path);
  if (mkdtemp(name.data()) == nullptr) return os_error(path, "cannot create the folder");
  const mode_t mask = umask(0);
  umask(mask);
  ::chmod(name.c_str(), 0777 & ~mask);
  remember_temporary(name);
  return AtomicFolder(path, name);
}

Status AtomicFolder::commit() {
  std::error_code error;
  std::string old;
  if (fs::exists(path_, error)) {  // keep the old folder until the new one is in its place
    old = temporary_template(path_);
    if (mkdtemp(old.data()) == nullptr) return os_error(path_, "cannot replace the folder");
    if (::rename(path_.c_str(), old.c_str()) != 0) {
      Error failure = os_error(path_, "cannot replace the folder");
      fs::remove_all(old, error);
      return failure;
    }
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    Error failure = os_error(path_, "cannot give the folder its name");
    if (!old.empty()) (void)::rename(old.c_str(), path_.c_str());
    return failure;
  }
  if (!old.empty()) remember_temporary(old);  // only now: until here it is the user's, and leaving at once must not remove it
  forget_temporary(temporary_);
  temporary_.clear();
  if (!old.empty()) {
    fs::remove_all(old, error);
    forget_temporary(old);
  }
  return Ok{};
}

Status write_file_atomically(const fs::path& path, std::string_view text) {
  HEADRACE_TRY(AtomicFile file, AtomicFile::create(path));
  HEADRACE_CHECK(file.write(text));
  return file.commit();
}

}  // namespace headrace
