// Writing a file, or a set of files, so that a failure leaves nothing behind: write beside, then rename.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/error.h"

namespace headrace {

// A file under a temporary name beside `path`; commit() gives it its name, the destructor removes what was not committed.
class AtomicFile {
 public:
  static Result<AtomicFile> create(const std::filesystem::path& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();

  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);
  // Flushes to the disk and renames.
  Status commit();

  int descriptor() const { return descriptor_; }
  const std::filesystem::path& temporary_path() const { return temporary_; }

 private:
  AtomicFile(std::filesystem::path path, std::filesystem::path temporary, int descriptor);
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_;
};

// A folder under a temporary name beside `path`, filled by the caller; commit() puts it in the place of `path` (an
// existing folder there is replaced), the destructor removes what was not committed.
class AtomicFolder {
 public:
  static Result<AtomicFolder> create(const std::filesystem::path& path);
  AtomicFolder(AtomicFolder&& other) noexcept;
  AtomicFolder& operator=(AtomicFolder&&) = delete;
  ~AtomicFolder();

  const std::filesystem::path& temporary_path() const { return temporary_; }
  Status commit();

 private:
  AtomicFolder(std::filesystem::path path, std::filesystem::path temporary);
  std::filesystem::path path_;
  std::filesystem::path temporary_;
};

Status write_file_atomically(const std::filesystem::path& path, std::string_view text);

}  // namespace headrace
