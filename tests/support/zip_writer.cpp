#include "support/zip_writer.h"

#include <zlib.h>

#include "base/little_endian.h"

namespace headrace::testing {
namespace {

void append(std::string& out, std::initializer_list<uint16_t> fields) {
  for (const uint16_t field : fields) append_le(out, field);
}

uint32_t checksum(const std::string& data) {
  return static_cast<uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

// Padding in an extra field of its own, so that the data begins at a multiple of the alignment.
std::string padding(size_t at, size_t alignment) {
  const size_t fill = (alignment - (at + 4) % alignment) % alignment;
  std::string out = "FB";
  append_le(out, static_cast<uint16_t>(fill));
  return out + std::string(fill, 'Z');
}

std::string local_header(const ZipMember& member, size_t at, const ZipOptions& options) {
  const std::string name = member.local_name.value_or(member.name), pad = padding(at + 30 + name.size(), options.alignment);
  const bool deferred = (member.flags & 8) != 0;
  std::string out = "PK\x03\x04";
  append(out, {0, member.flags, member.method, 0, 0});
  append_le(out, deferred ? 0u : member.crc32.value_or(checksum(member.data)));
  append_le(out, deferred ? 0u : static_cast<uint32_t>(member.packed_size.value_or(member.data.size())));
  append_le(out, deferred ? 0u : static_cast<uint32_t>(member.size.value_or(member.data.size())));
  append(out, {static_cast<uint16_t>(name.size()), static_cast<uint16_t>(pad.size())});
  return out + name + pad;
}

std::string central_entry(const ZipMember& member, size_t header_offset, bool zip64) {
  const uint64_t size = member.size.value_or(member.data.size()), packed = member.packed_size.value_or(member.data.size());
  const uint64_t offset = member.header_offset.value_or(header_offset);
  std::string extra;
  if (zip64) {
    append(extra, {1, 24});
    for (const uint64_t value : {size, packed, offset}) append_le(extra, value);
  }
  std::string out = "PK\x01\x02";
  append(out, {0, 0, member.flags, member.method, 0, 0});
  append_le(out, member.crc32.value_or(checksum(member.data)));
  append_le(out, zip64 ? 0xffffffffu : static_cast<uint32_t>(packed));
  append_le(out, zip64 ? 0xffffffffu : static_cast<uint32_t>(size));
  append(out, {static_cast<uint16_t>(member.name.size()), static_cast<uint16_t>(extra.size()), 0, 0, 0});
  append_le(out, uint32_t{0});
  append_le(out, zip64 ? 0xffffffffu : static_cast<uint32_t>(offset));
  return out + member.name + extra;
}

std::string end64(uint64_t count, uint64_t size, uint64_t offset) {
  std::string out = "PK\x06\x06";
  append_le(out, uint64_t{44});
  append(out, {45, 45, 0, 0, 0, 0});
  for (const uint64_t value : {count, count, size, offset}) append_le(out, value);
  out += "PK\x06\x07";
  append_le(out, uint32_t{0});
  append_le(out, offset + size);
  append_le(out, uint32_t{1});
  return out;
}

std::string end_record(uint64_t count, uint64_t size, uint64_t offset, const ZipOptions& options) {
  std::string out = options.zip64 ? end64(count, size, offset) : std::string();
  const auto narrow = static_cast<uint16_t>(options.zip64 ? 0xffff : count);
  out += "PK\x05\x06";
  append(out, {0, 0, narrow, narrow});
  append_le(out, options.zip64 ? 0xffffffffu : static_cast<uint32_t>(size));
  append_le(out, options.zip64 ? 0xffffffffu : static_cast<uint32_t>(offset));
  append_le(out, static_cast<uint16_t>(options.comment.size()));
  return out + options.comment;
}

}  // namespace

std::string write_zip(const std::vector<ZipMember>& members, const ZipOptions& options) {
  std::string out, directory;
  for (const ZipMember& member : members) {
    directory += central_entry(member, out.size(), options.zip64);
    out += local_header(member, out.size(), options);
    out += member.data;
    if ((member.flags & 8) == 0) continue;
    out += "PK\x07\x08";
    append_le(out, checksum(member.data));
    append_le(out, static_cast<uint32_t>(member.data.size()));
    append_le(out, static_cast<uint32_t>(member.data.size()));
  }
  const uint64_t offset = out.size();
  return out + directory +
         end_record(members.size() + static_cast<uint64_t>(options.extra_count), directory.size(),
                    offset + static_cast<uint64_t>(options.shift), options);
}

}  // namespace headrace::testing
