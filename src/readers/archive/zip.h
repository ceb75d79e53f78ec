// The zip archives that PyTorch writes (.pth, .pt2): every entry stored, not compressed, in one mapped file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/mapped_file.h"

namespace headrace {

class ZipArchive {
 public:
  struct Entry {
    std::string_view name;  // points into the file
    std::span<const std::byte> bytes;
    uint32_t crc32 = 0;
    bool checksummed = true;  // false where the whole archive has none (torch.serialization.set_crc32_options(False))
  };

  // Reads the central directory (zip and zip64) and checks every entry against its local header, the file's end and its
  // neighbours. Errors, with the file and the entry in the context: not_found, io_error; invalid_model for what is no zip, is
  // truncated, has entries that overlap or lie outside, two of one name; unsupported for compressed or encrypted entries.
  static Result<ZipArchive> open(const std::filesystem::path& path);
  // The same on a file that is mapped already.
  static Result<ZipArchive> open(std::shared_ptr<const MappedFile> file);

  const std::vector<Entry>& entries() const { return entries_; }  // sorted by name
  // nullptr when there is none.
  const Entry* find(std::string_view name) const;
  // invalid_model when the entry's bytes do not have its checksum. Reads all of them: for what is used, once.
  static Status check(const Entry& entry);
  // Keeps the bytes alive.
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<Entry> entries_;
};

}  // namespace headrace
