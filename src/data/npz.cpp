// .npz: a zip archive of .npy arrays, one member a name.
#include "data/npz.h"

#include <zlib.h>

#include <limits>

#include "base/atomic_file.h"
#include "base/little_endian.h"
#include "base/mapped_file.h"
#include "data/zip.h"

namespace headrace {
namespace {

using Arrays = std::map<std::string, Tensor>;
constexpr std::string_view kSuffix = ".npy";

Result<Tensor> read_member(const ZipMember& member, const std::shared_ptr<const void>& archive) {
  HEADRACE_TRY(ZipBytes contents, extract(member));
  auto tensor = wrap_npy(contents.owner ? contents.owner : archive, contents.bytes);
  if (!tensor.ok()) return std::move(tensor).error().at(member.name);
  return tensor;
}

// Arrays that are stored uncompressed stay views of the archive, kept alive by `owner`.
Result<Arrays> wrap_npz(const std::shared_ptr<const void>& owner, std::span<const std::byte> bytes) {
  HEADRACE_TRY(const auto members, list_zip(bytes));
  Arrays arrays;
  for (const ZipMember& member : members) {
    if (!member.name.ends_with(kSuffix))
      return invalid_data("member '" + member.name + "' is not a .npy array: an .npz file as numpy.savez writes it is expected");
    HEADRACE_TRY(Tensor tensor, read_member(member, owner));
    const std::string name = member.name.substr(0, member.name.size() - kSuffix.size());
    if (!arrays.emplace(name, std::move(tensor)).second) return invalid_data("the array '" + name + "' is there twice");
  }
  return arrays;
}

struct Written {
  std::string name;
  uint32_t crc = 0, size = 0, offset = 0;
};

// What local header and directory entry have in common: version 2.0, no flags, stored, 1 January 1980.
void append_common(std::string& out, const Written& member) {
  for (const uint16_t field : {20, 0, 0, 0, 0x21}) append_le(out, field);
  for (const uint32_t field : {member.crc, member.size, member.size}) append_le(out, field);
  append_le(out, static_cast<uint16_t>(member.name.size()));
  append_le(out, uint16_t{0});
}

std::string local_header(const Written& member) {
  std::string out;
  append_le(out, uint32_t{0x04034b50});
  append_common(out, member);
  return out + member.name;
}

std::string directory_entry(const Written& member) {
  std::string out;
  append_le(out, uint32_t{0x02014b50});
  append_le(out, uint16_t{20});
  append_common(out, member);
  for (int i = 0; i < 3; ++i) append_le(out, uint16_t{0});  // comment, disk, internal attributes
  append_le(out, uint32_t{0});                              // external attributes
  append_le(out, member.offset);
  return out + member.name;
}

std::string end_record(size_t count, size_t size, size_t offset) {
  std::string out;
  append_le(out, uint32_t{0x06054b50});
  append_le(out, uint32_t{0});  // disks
  append_le(out, static_cast<uint16_t>(count));
  append_le(out, static_cast<uint16_t>(count));
  append_le(out, static_cast<uint32_t>(size));
  append_le(out, static_cast<uint32_t>(offset));
  append_le(out, uint16_t{0});
  return out;
}

Error too_large(const std::filesystem::path& path) {
  return unsupported("archives of 4 GiB or 65,535 arrays and more are not written; write single .npy files").at(path.string());
}

}  // namespace

Result<Arrays> parse_npz(std::span<const std::byte> bytes) {
  HEADRACE_TRY(Arrays arrays, wrap_npz(nullptr, bytes));
  for (auto& [name, tensor] : arrays) tensor = tensor.clone();
  return arrays;
}

Result<Arrays> read_npz(const std::filesystem::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  auto arrays = wrap_npz(file, file->bytes());
  if (!arrays.ok()) return std::move(arrays).error().at(path.string());
  return arrays;
}

Status write_npz(const std::filesystem::path& path, const Arrays& arrays) {
  HEADRACE_TRY(AtomicFile file, AtomicFile::create(path));
  std::string directory;
  uint64_t offset = 0;
  if (arrays.size() >= 0xffff) return too_large(path);
  for (const auto& [name, tensor] : arrays) {
    const std::string bytes = to_npy(tensor);
    if (bytes.empty()) return unsupported("type " + std::string(to_string(tensor.dtype())) + " has no .npy form").at(name);
    if (name.size() > 1000) return invalid_argument("the name of an array is longer than 1,000 bytes");
    const auto crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    const Written member{name + std::string(kSuffix), crc, static_cast<uint32_t>(bytes.size()), static_cast<uint32_t>(offset)};
    const std::string header = local_header(member);
    offset += header.size() + bytes.size();
    if (offset + directory.size() + 2000 > std::numeric_limits<uint32_t>::max()) return too_large(path);
    HEADRACE_CHECK(file.write(header));
    HEADRACE_CHECK(file.write(bytes));
    directory += directory_entry(member);
  }
  HEADRACE_CHECK(file.write(directory + end_record(arrays.size(), directory.size(), offset)));
  return file.commit();
}

}  // namespace headrace
