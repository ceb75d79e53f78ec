// A file mapped read-only into memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "base/error.h"

namespace headrace {

class MappedFile {
 public:
  // Errors: not_found when there is no such file, io_error when it is a folder or cannot be mapped.
  static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& path);
  // The same of a file that is open already, for callers that must check what they opened. The descriptor stays the caller's;
  // `path` is for messages.
  static Result<std::shared_ptr<const MappedFile>> map(int descriptor, const std::filesystem::path& path);
  // Bytes in memory in the place of a file's (tests, fuzzers); `owner` keeps them alive.
  static std::shared_ptr<const MappedFile> from_memory(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  // Tells the kernel that the pages are not needed for now; they come back from the file when touched.
  void release_pages() const;

 private:
  MappedFile(const std::byte* data, size_t size) : data_(data), size_(size) {}
  const std::byte* data_;
  size_t size_;
  std::shared_ptr<const void> owner_;  // of bytes that are not mapped
};

}  // namespace headrace
