// Zip archives as PyTorch writes them, and broken ones: every field can be set to what it should not be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace::testing {

struct ZipMember {
  std::string name, data;
  // What the headers say; nullopt: the truth.
  std::optional<uint32_t> crc32 = {};
  std::optional<uint64_t> size = {}, packed_size = {}, header_offset = {};
  std::optional<std::string> local_name = {};
  uint16_t method = 0, flags = 0x0808;  // UTF-8 name, sizes behind the data: as torch.save
};

struct ZipOptions {
  bool zip64 = false;        // sizes, offsets and the end record in their zip64 forms
  size_t alignment = 64;     // of the data, by padding in the local extra field
  std::string comment = {};  // of the archive
  int extra_count = 0;       // entries that the end record claims beyond those there are
  int64_t shift = 0;         // of the directory's offset in the end record
};

std::string write_zip(const std::vector<ZipMember>& members, const ZipOptions& options = {});

}  // namespace headrace::testing
