#include "readers/archive/zip_directory.h"

#include <optional>

#include "base/little_endian.h"
#include "base/printable.h"

namespace headrace {
namespace {

using Bytes = std::span<const std::byte>;

constexpr uint32_t kLocalMagic = 0x04034b50, kCentralMagic = 0x02014b50, kEndMagic = 0x06054b50;
constexpr uint32_t kEnd64Magic = 0x06064b50, kEnd64LocatorMagic = 0x07064b50;
constexpr uint64_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr uint64_t kIn64 = 0xffffffff, kCountIn64 = 0xffff;  // the value stands in a zip64 structure
constexpr uint16_t kZip64Extra = 1;
constexpr uint16_t kEncrypted = 1 | 1 << 6 | 1 << 13, kSizesFollow = 1 << 3;  // bits of the general-purpose flags

// A field of a structure that is known to lie inside.
template <typename T>
T field(Bytes bytes, uint64_t offset) {
  return read_le<T>(bytes, offset).value_or(T{0});
}

Error broken(const std::string& what, uint64_t offset) {
  return invalid_model("the zip archive is broken: " + what + " (at byte " + std::to_string(offset) + ")");
}

// The end record, whose comment reaches exactly to the end of the file.
std::optional<uint64_t> find_end(Bytes archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const uint64_t last = archive.size() - kEndSize, first = last > 0xffff ? last - 0xffff : 0;
  for (uint64_t at = last + 1; at-- > first;)
    if (field<uint32_t>(archive, at) == kEndMagic && at + kEndSize + field<uint16_t>(archive, at + 20) == archive.size())
      return at;
  return std::nullopt;
}

// Whether the 16- or 32-bit field says the same as the 64-bit one, or refers to it.
bool agrees(uint64_t narrow, uint64_t wide, uint64_t in_64) { return narrow == wide || narrow == in_64; }

Result<ZipDirectory> read_end64(Bytes archive, uint64_t end) {
  const uint64_t locator = end - kEnd64LocatorSize, at = field<uint64_t>(archive, locator + 8);
  if (at > locator || locator - at < kEnd64Size || field<uint32_t>(archive, at) != kEnd64Magic)
    return broken("its zip64 end record is not where it should be", locator);
  const auto u64 = [&](uint64_t offset) { return field<uint64_t>(archive, at + offset); };
  if (field<uint32_t>(archive, at + 16) != 0 || field<uint32_t>(archive, at + 20) != 0 || u64(24) != u64(32))
    return unsupported("zip archives in several parts cannot be read");
  const ZipDirectory directory{.offset = u64(48), .size = u64(40), .count = u64(32)};
  if (!agrees(field<uint16_t>(archive, end + 10), directory.count, kCountIn64) ||
      !agrees(field<uint32_t>(archive, end + 12), directory.size, kIn64) ||
      !agrees(field<uint32_t>(archive, end + 16), directory.offset, kIn64))
    return broken("its two end records contradict each other", at);
  if (directory.offset > at || directory.size > at - directory.offset)
    return broken("its directory does not lie in front of its end record", at);
  return directory;
}

Result<ZipDirectory> read_end(Bytes archive, uint64_t end) {
  if (field<uint16_t>(archive, end + 4) != 0 || field<uint16_t>(archive, end + 6) != 0 ||
      field<uint16_t>(archive, end + 8) != field<uint16_t>(archive, end + 10))
    return unsupported("zip archives in several parts cannot be read");
  const ZipDirectory directory{.offset = field<uint32_t>(archive, end + 16),
                               .size = field<uint32_t>(archive, end + 12),
                               .count = field<uint16_t>(archive, end + 10)};
  if (directory.offset > end || directory.size > end - directory.offset)
    return broken("its directory does not lie in front of its end record", end);
  return directory;
}

// One entry of the central directory, as it stands there.
struct Central {
  uint16_t flags = 0, method = 0;
  uint32_t crc32 = 0;
  uint64_t packed = 0, size = 0, header_offset = 0;
  std::string_view name;
  uint64_t total_size = 0;
};

// The zip64 extra field holds, in this order, those of size, packed size and header offset whose 32-bit fields are full.
Status read_zip64_extra(Bytes extra, Central& entry, uint64_t at) {
  if (entry.size != kIn64 && entry.packed != kIn64 && entry.header_offset != kIn64) return Ok{};
  uint64_t position = 0;
  while (extra.size() - position >= 4 && field<uint16_t>(extra, position) != kZip64Extra) {
    position += 4 + uint64_t{field<uint16_t>(extra, position + 2)};
    if (position > extra.size()) position = extra.size();
  }
  if (extra.size() - position < 4) return broken("an entry's zip64 sizes are missing", at);
  const uint64_t length = field<uint16_t>(extra, position + 2);
  position += 4;
  if (length > extra.size() - position) return broken("an entry's zip64 sizes are cut off", at);
  const Bytes values = extra.subspan(position, length);
  uint64_t next = 0;
  for (uint64_t* value : {&entry.size, &entry.packed, &entry.header_offset}) {
    if (*value != kIn64) continue;
    const auto wide = read_le<uint64_t>(values, next);
    if (!wide) return broken("an entry's zip64 sizes are cut off", at);
    *value = *wide;
    next += 8;
  }
  return Ok{};
}

// `end`: where the directory ends.
Result<Central> read_central(Bytes archive, uint64_t at, uint64_t end) {
  if (end - at < kCentralSize || field<uint32_t>(archive, at) != kCentralMagic)
    return broken("its directory is cut off or damaged", at);
  const auto u16 = [&](uint64_t offset) { return field<uint16_t>(archive, at + offset); };
  const auto u32 = [&](uint64_t offset) { return field<uint32_t>(archive, at + offset); };
  const uint64_t name_size = u16(28), extra_size = u16(30), comment_size = u16(32);
  Central entry{.flags = u16(8),
                .method = u16(10),
                .crc32 = u32(16),
                .packed = u32(20),
                .size = u32(24),
                .header_offset = u32(42),
                .name = {},
                .total_size = kCentralSize + name_size + extra_size + comment_size};
  if (end - at < entry.total_size) return broken("its directory is cut off", at);
  const Bytes name = archive.subspan(at + kCentralSize, name_size);
  entry.name = {reinterpret_cast<const char*>(name.data()), name.size()};
  HEADRACE_CHECK(read_zip64_extra(archive.subspan(at + kCentralSize + name_size, extra_size), entry, at));
  return entry;
}

Status check_readable(const Central& entry) {
  if ((entry.flags & kEncrypted) != 0) return unsupported("the entry is encrypted");
  if (entry.method != 0)
    return unsupported("the entry is compressed (method " + std::to_string(entry.method) +
                       "), and PyTorch stores its files uncompressed: was the archive repacked?");
  if (entry.size != entry.packed)
    return invalid_model("the stored entry claims " + std::to_string(entry.size) + " bytes and takes " +
                         std::to_string(entry.packed));
  return Ok{};
}

// The local header repeats the entry; sizes and checksum may be left to a descriptor behind the data.
Status check_local_header(Bytes archive, const Central& entry) {
  const uint64_t at = entry.header_offset;
  const auto u32 = [&](uint64_t offset) { return field<uint32_t>(archive, at + offset); };
  const bool deferred = (field<uint16_t>(archive, at + 6) & kSizesFollow) != 0;
  const auto same = [&](uint64_t local, uint64_t central, uint64_t in_64) {
    return agrees(local, central, in_64) || (deferred && local == 0);
  };
  if (field<uint16_t>(archive, at + 8) != entry.method || !same(u32(14), entry.crc32, entry.crc32) ||
      !same(u32(18), entry.packed, kIn64) || !same(u32(22), entry.size, kIn64))
    return broken("the entry's header contradicts the directory", at);
  return Ok{};
}

Result<ZipRecord> locate(Bytes archive, const Central& entry, uint64_t directory_offset) {
  HEADRACE_CHECK(check_readable(entry));
  const uint64_t at = entry.header_offset;
  if (at > directory_offset || directory_offset - at < kLocalSize) return broken("the entry lies outside the archive's data", at);
  if (field<uint32_t>(archive, at) != kLocalMagic) return broken("the entry has no header", at);
  const uint64_t name_size = field<uint16_t>(archive, at + 26), extra_size = field<uint16_t>(archive, at + 28);
  const uint64_t data = at + kLocalSize + name_size + extra_size;
  if (data > directory_offset || entry.size > directory_offset - data)
    return broken("the entry's " + std::to_string(entry.size) + " bytes reach past the archive's data", data);
  HEADRACE_CHECK(check_local_header(archive, entry));
  const Bytes name = archive.subspan(at + kLocalSize, name_size);
  if (std::string_view(reinterpret_cast<const char*>(name.data()), name.size()) != entry.name)
    return broken("the entry has another name in its header", at);
  return ZipRecord{entry.name, entry.crc32, entry.size, at, data};
}

}  // namespace

Result<ZipDirectory> find_zip_directory(Bytes archive) {
  const auto end = find_end(archive);
  if (!end) return invalid_model("this is not a zip archive, or it is cut off: it has no end record; copy or download it again");
  if (*end >= kEnd64LocatorSize && field<uint32_t>(archive, *end - kEnd64LocatorSize) == kEnd64LocatorMagic)
    return read_end64(archive, *end);
  return read_end(archive, *end);
}

Result<std::vector<ZipRecord>> read_zip_directory(Bytes archive, const ZipDirectory& directory) {
  if (directory.count > directory.size / kCentralSize)
    return broken("its directory is too small for " + std::to_string(directory.count) + " entries", directory.offset);
  std::vector<ZipRecord> records;
  records.reserve(directory.count);
  uint64_t at = directory.offset;
  const uint64_t end = directory.offset + directory.size;
  for (uint64_t i = 0; i < directory.count; ++i) {
    HEADRACE_TRY(const Central entry, read_central(archive, at, end));
    auto record = locate(archive, entry, directory.offset);
    if (!record.ok()) return std::move(record).error().at(printable(entry.name));
    records.push_back(*record);
    at += entry.total_size;
  }
  if (at != end) return broken("its directory holds more than its entries", at);
  return records;
}

}  // namespace headrace
