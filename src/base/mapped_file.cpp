#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace headrace {

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int reason = errno;
    if (reason == ENOENT) return not_found("there is no such file").at(path.string());
    return io_error(std::strerror(reason)).at(path.string());
  }
  auto mapped = map(descriptor, path);
  ::close(descriptor);
  return mapped;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
    return io_error("this is not a regular file").at(path.string());
  const auto size = static_cast<size_t>(status.st_size);
  void* data = size == 0 ? nullptr : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (data == MAP_FAILED) return io_error(std::string("cannot map the file: ") + std::strerror(errno)).at(path.string());
  return std::shared_ptr<const MappedFile>(new MappedFile(static_cast<const std::byte*>(data), size));
}

std::shared_ptr<const MappedFile> MappedFile::from_memory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  auto* file = new MappedFile(bytes.data(), bytes.size());
  file->owner_ = std::move(owner);
  return std::shared_ptr<const MappedFile>(file);
}

MappedFile::~MappedFile() {
  if (size_ > 0 && owner_ == nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::release_pages() const {
  if (size_ > 0 && owner_ == nullptr) madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

}  // namespace headrace
