#include "data/zip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/little_endian.h"
#include "base/tensor.h"

namespace headrace {
namespace {

constexpr uint32_t kLocalMagic = 0x04034b50, kCentralMagic = 0x02014b50, kEndMagic = 0x06054b50;
constexpr uint32_t kEnd64Magic = 0x06064b50, kEnd64LocatorMagic = 0x07064b50;
constexpr size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22, kEnd64LocatorSize = 20;
constexpr uint32_t kInZip64 = 0xffffffff;  // the field's value stands in the ZIP64 extra field
constexpr uint64_t kLargestRatio = 1032;   // of deflate: a claim beyond it is a lie, whatever is inside

using Bytes = std::span<const std::byte>;

Error bad_zip(const std::string& what, uint64_t offset) {
  return invalid_data("the zip archive is broken: " + what + " (at byte " + std::to_string(offset) + ")");
}

// The fields of the central directory's end that matter.
struct Directory {
  uint64_t offset = 0, count = 0;
};

// The record at the very end, behind which only a comment may stand.
std::optional<uint64_t> find_end(Bytes archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const uint64_t last = archive.size() - kEndSize;
  const uint64_t first = last > 0xffff ? last - 0xffff : 0;
  for (uint64_t at = last + 1; at-- > first;)
    if (read_le<uint32_t>(archive, at) == kEndMagic) return at;
  return std::nullopt;
}

Result<Directory> read_directory64(Bytes archive, uint64_t end) {
  const uint64_t locator = end - kEnd64LocatorSize;
  const auto at = read_le<uint64_t>(archive, locator + 8);
  if (!at || read_le<uint32_t>(archive, *at) != kEnd64Magic)
    return bad_zip("its ZIP64 end record is not where it should be", locator);
  const auto count = read_le<uint64_t>(archive, *at + 32), offset = read_le<uint64_t>(archive, *at + 48);
  if (!count || !offset) return bad_zip("its ZIP64 end record is cut off", *at);
  return Directory{*offset, *count};
}

Result<Directory> read_directory(Bytes archive) {
  const auto end = find_end(archive);
  if (!end) return invalid_data("this is not a zip archive, or it is cut off: it has no end record");
  if (*end >= kEnd64LocatorSize && read_le<uint32_t>(archive, *end - kEnd64LocatorSize) == kEnd64LocatorMagic)
    return read_directory64(archive, *end);
  return Directory{*read_le<uint32_t>(archive, *end + 16), *read_le<uint16_t>(archive, *end + 10)};
}

// One entry of the central directory, as it stands there.
struct Entry {
  uint16_t flags = 0, method = 0, name_size = 0, extra_size = 0, comment_size = 0;
  uint32_t crc = 0;
  uint64_t packed = 0, size = 0, local = 0;
  std::string name;
  uint64_t total_size() const { return kCentralSize + name_size + extra_size + comment_size; }
};

// The ZIP64 extra field holds, in this order, those of size, packed size and offset whose 32-bit fields are full.
Status read_zip64_extra(Bytes extra, Entry& entry, uint64_t at) {
  if (entry.size != kInZip64 && entry.packed != kInZip64 && entry.local != kInZip64) return Ok{};
  uint64_t position = 0;
  while (true) {
    const auto id = read_le<uint16_t>(extra, position), length = read_le<uint16_t>(extra, position + 2);
    if (!id || !length) return bad_zip("member " + entry.name + " lacks its ZIP64 sizes", at);
    position += 4;
    if (*id == 1) break;
    position += *length;
  }
  for (uint64_t* field : {&entry.size, &entry.packed, &entry.local}) {
    if (*field != kInZip64) continue;
    const auto value = read_le<uint64_t>(extra, position);
    if (!value) return bad_zip("member " + entry.name + " lacks its ZIP64 sizes", at);
    *field = *value;
    position += 8;
  }
  return Ok{};
}

Result<Entry> read_entry(Bytes archive, uint64_t at) {
  if (read_le<uint32_t>(archive, at) != kCentralMagic || archive.size() - at < kCentralSize)
    return bad_zip("its directory is cut off or damaged", at);
  const auto u16 = [&](uint64_t offset) { return *read_le<uint16_t>(archive, at + offset); };
  const auto u32 = [&](uint64_t offset) { return *read_le<uint32_t>(archive, at + offset); };
  Entry entry{u16(8), u16(10), u16(28), u16(30), u16(32), u32(16), u32(20), u32(24), u32(42), {}};
  if (archive.size() - at < entry.total_size()) return bad_zip("its directory is cut off", at);
  const Bytes name = archive.subspan(at + kCentralSize, entry.name_size);
  entry.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  HEADRACE_CHECK(read_zip64_extra(archive.subspan(at + kCentralSize + entry.name_size, entry.extra_size), entry, at));
  return entry;
}

// Follows the entry to its data. Name and extra field are repeated there, with lengths of their own.
Result<ZipMember> locate(Bytes archive, const Entry& entry) {
  if (entry.flags & 1) return unsupported("member " + entry.name + " is encrypted");
  if (entry.method != 0 && entry.method != 8)
    return unsupported("member " + entry.name + " has compression method " + std::to_string(entry.method) +
                       "; stored (0) and deflated (8) can be read: save it with numpy.savez or savez_compressed");
  if (read_le<uint32_t>(archive, entry.local) != kLocalMagic)
    return bad_zip("member " + entry.name + " has no header", entry.local);
  const auto name_size = read_le<uint16_t>(archive, entry.local + 26), extra_size = read_le<uint16_t>(archive, entry.local + 28);
  if (!name_size || !extra_size) return bad_zip("the header of member " + entry.name + " is cut off", entry.local);
  const uint64_t data = entry.local + kLocalSize + *name_size + *extra_size;
  if (data > archive.size() || entry.packed > archive.size() - data)
    return bad_zip("member " + entry.name + " of " + std::to_string(entry.packed) + " bytes reaches past the end", data);
  const bool deflated = entry.method == 8;
  const bool possible = deflated ? entry.size / kLargestRatio <= entry.packed : entry.size == entry.packed;
  if (!possible)
    return bad_zip("member " + entry.name + " claims an impossible size of " + std::to_string(entry.size), entry.local);
  return ZipMember{entry.name, deflated, entry.crc, entry.size, archive.subspan(data, entry.packed)};
}

// zlib counts in 32 bits.
uInt chunk(size_t size) { return static_cast<uInt>(std::min<size_t>(size, std::numeric_limits<uInt>::max())); }

// Inflates `in` into `out`; true when the stream ends exactly where both do.
bool inflate_all(Bytes in, std::span<std::byte> out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  int code = Z_OK;
  size_t read = 0, written = 0;
  std::byte spare{};  // zlib wants a place even where nothing more may come
  while (code == Z_OK) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data() + read));
    stream.avail_in = chunk(in.size() - read);
    stream.next_out = reinterpret_cast<Bytef*>(written < out.size() ? out.data() + written : &spare);
    stream.avail_out = chunk(out.size() - written);
    const uInt in_before = stream.avail_in, out_before = stream.avail_out;
    code = inflate(&stream, Z_NO_FLUSH);
    read += in_before - stream.avail_in;
    written += out_before - stream.avail_out;
  }
  inflateEnd(&stream);
  return code == Z_STREAM_END && read == in.size() && written == out.size();
}

}  // namespace

Result<std::vector<ZipMember>> list_zip(Bytes archive) {
  HEADRACE_TRY(const Directory directory, read_directory(archive));
  std::vector<ZipMember> members;
  uint64_t at = directory.offset, packed = 0;
  for (uint64_t i = 0; i < directory.count; ++i) {
    HEADRACE_TRY(const Entry entry, read_entry(archive, at));
    HEADRACE_TRY(ZipMember member, locate(archive, entry));
    packed += member.data.size();
    // Members that share bytes are how a small archive asks for endless memory.
    if (packed > archive.size()) return bad_zip("its members overlap", entry.local);
    members.push_back(std::move(member));
    at += entry.total_size();
  }
  return members;
}

Result<ZipBytes> extract(const ZipMember& member) {
  ZipBytes contents{member.data, nullptr};
  if (member.deflated) {
    const auto storage = std::make_shared<Tensor>(Tensor::allocate(DType::kUint8, {static_cast<int64_t>(member.size)}));
    if (!inflate_all(member.data, storage->mutable_bytes()))
      return invalid_data("the compressed data is corrupt, or not " + std::to_string(member.size) + " bytes as declared")
          .at(member.name);
    contents = {storage->bytes(), storage};
  }
  const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(contents.bytes.data()), contents.bytes.size());
  if (crc != member.crc) return invalid_data("its checksum (CRC-32) is wrong: the file is damaged").at(member.name);
  return contents;
}

}  // namespace headrace
