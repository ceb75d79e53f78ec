#include "readers/archive/zip.h"

#include <zlib.h>

#include <algorithm>

#include "base/printable.h"
#include "readers/archive/zip_directory.h"

namespace headrace {
namespace {

using Bytes = std::span<const std::byte>;

// Two entries that share bytes are how a small file pretends to be a large one. `records` come back sorted by their place.
Status check_disjoint(std::vector<ZipRecord>& records) {
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.header_offset < b.header_offset; });
  for (size_t i = 1; i < records.size(); ++i) {
    const ZipRecord &record = records[i - 1], &next = records[i];
    if (record.data_end() > next.header_offset)
      return invalid_model("its bytes overlap entry '" + printable(next.name) + "' (at byte " +
                           std::to_string(next.header_offset) + ")")
          .at(printable(record.name));
  }
  return Ok{};
}

std::vector<ZipArchive::Entry> entries_of(const std::vector<ZipRecord>& records, Bytes archive) {
  const bool checksummed = std::any_of(records.begin(), records.end(), [](const auto& record) { return record.crc32 != 0; });
  std::vector<ZipArchive::Entry> entries;
  entries.reserve(records.size());
  for (const ZipRecord& record : records)
    entries.push_back({record.name, archive.subspan(record.data_offset, record.size), record.crc32, checksummed});
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<std::vector<ZipArchive::Entry>> read_entries(Bytes archive) {
  HEADRACE_TRY(const ZipDirectory directory, find_zip_directory(archive));
  HEADRACE_TRY(std::vector<ZipRecord> records, read_zip_directory(archive, directory));
  HEADRACE_CHECK(check_disjoint(records));
  auto entries = entries_of(records, archive);
  const auto twin =
      std::adjacent_find(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twin != entries.end()) return invalid_model("the archive holds two entries of this name").at(printable(twin->name));
  return entries;
}

}  // namespace

Result<ZipArchive> ZipArchive::open(const std::filesystem::path& path) {
  HEADRACE_TRY(auto file, MappedFile::open(path));
  auto archive = open(std::move(file));
  if (!archive.ok()) return std::move(archive).error().at(path.string());
  return archive;
}

Result<ZipArchive> ZipArchive::open(std::shared_ptr<const MappedFile> file) {
  ZipArchive archive;
  HEADRACE_TRY(archive.entries_, read_entries(file->bytes()));
  archive.file_ = std::move(file);
  return archive;
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), name,
                                   [](const Entry& entry, auto wanted) { return entry.name < wanted; });
  return at != entries_.end() && at->name == name ? &*at : nullptr;
}

Status ZipArchive::check(const Entry& entry) {
  if (!entry.checksummed) return Ok{};
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(entry.bytes.data()), entry.bytes.size());
  if (crc == entry.crc32) return Ok{};
  return invalid_model("its checksum (CRC-32) is wrong: the file is damaged; copy or download it again")
      .at(printable(entry.name));
}

}  // namespace headrace
