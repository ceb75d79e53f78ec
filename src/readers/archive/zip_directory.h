// The records of a zip archive, read without trust. Format: PKWARE's APPNOTE.TXT, sections 4.3 (structures) and 4.5 (zip64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace {

// Where the central directory lies.
struct ZipDirectory {
  uint64_t offset = 0, size = 0, count = 0;
};

// One stored entry: what its directory entry and its local header agree on.
struct ZipRecord {
  std::string_view name;
  uint32_t crc32 = 0;
  uint64_t size = 0, header_offset = 0, data_offset = 0;
  uint64_t data_end() const { return data_offset + size; }
};

// Errors: invalid_model for what is no zip archive or is cut off, unsupported for one in several parts.
Result<ZipDirectory> find_zip_directory(std::span<const std::byte> archive);
// In the directory's order. Every record lies inside the archive; whether two overlap is not looked at.
// Errors, with the entry's name in the context: invalid_model; unsupported for compression and encryption.
Result<std::vector<ZipRecord>> read_zip_directory(std::span<const std::byte> archive, const ZipDirectory& directory);

}  // namespace headrace
