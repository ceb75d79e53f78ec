// The members of a zip archive (stored or deflated, ZIP64 sizes), read without trust.
// Format: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

struct ZipMember {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t size = 0;                // once inflated
  std::span<const std::byte> data;  // as it stands in the archive
};

// Bytes, and what keeps them alive: nullptr where they are the archive's own.
struct ZipBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

// Errors: invalid_data naming member and byte offset; unsupported for encryption and other compression methods.
Result<std::vector<ZipMember>> list_zip(std::span<const std::byte> archive);
// The member's contents, inflated where needed, CRC checked.
Result<ZipBytes> extract(const ZipMember& member);

}  // namespace headrace
