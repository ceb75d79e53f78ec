#include "support/pickle_writer.h"

#include "base/little_endian.h"

namespace headrace::testing {

PickleWriter& PickleWriter::string(std::string_view text) {
  bytes_ += 'X';
  append_le(bytes_, static_cast<uint32_t>(text.size()));
  bytes_ += text;
  return *this;
}

PickleWriter& PickleWriter::integer(int64_t value) {
  bytes_ += "\x8a\x08";
  append_le(bytes_, static_cast<uint64_t>(value));
  return *this;
}

PickleWriter& PickleWriter::tuple(const std::vector<int64_t>& integers) {
  op("(");
  for (const int64_t value : integers) integer(value);
  return op("t");
}

PickleWriter& PickleWriter::global(std::string_view module, std::string_view name) {
  return op("c").op(module).op("\n").op(name).op("\n");
}

PickleWriter& PickleWriter::storage(std::string_view key, int64_t count, std::string_view type, bool legacy) {
  op("(").string("storage").global("torch", type).string(key).string("cpu").integer(count);
  return op(legacy ? "NtQ" : "tQ");
}

PickleWriter& PickleWriter::tensor(std::string_view key, int64_t count, const std::vector<int64_t>& sizes,
                                   std::optional<std::vector<int64_t>> strides, int64_t offset, bool legacy) {
  if (!strides) {
    strides.emplace(sizes.size(), 1);
    for (size_t i = sizes.size(); i-- > 1;) (*strides)[i - 1] = (*strides)[i] * sizes[i];
  }
  global("torch._utils", "_rebuild_tensor_v2").op("(").storage(key, count, "FloatStorage", legacy);
  return integer(offset).tuple(sizes).tuple(*strides).op("\x89}tR");  // no gradient, no hooks
}

std::string plain_pickle(bool legacy) {
  return PickleWriter().op("}").string("w").tensor("0", 2, {2}, {}, 0, legacy).op("s").finish();
}

std::string zip_checkpoint(const std::string& pickle, const Storages& storages, const std::vector<ZipMember>& extra) {
  std::vector<ZipMember> members = {{"m/data.pkl", pickle}, {"m/byteorder", "little"}};
  for (const auto& [key, bytes] : storages) members.push_back({"m/data/" + key, bytes});
  members.insert(members.end(), extra.begin(), extra.end());
  return write_zip(members);
}

std::string legacy_checkpoint(const std::string& pickle, const Storages& storages, size_t item) {
  std::string out("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  out += std::string("\x80\x02M\xe9\x03.", 6);
  out += PickleWriter().op("}").string("little_endian").op("\x88s").finish() + pickle;
  PickleWriter keys;
  keys.op("](");
  for (const auto& [key, bytes] : storages) keys.string(key);
  out += keys.op("e").finish();
  for (const auto& [key, bytes] : storages) {
    append_le(out, static_cast<uint64_t>(bytes.size() / item));
    out += bytes;
  }
  return out;
}

std::string safetensors(const std::string& header, const std::string& data) {
  std::string out;
  append_le(out, static_cast<uint64_t>(header.size()));
  return out + header + data;
}

std::string floats(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<float>(i);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return out;
}

std::shared_ptr<const MappedFile> file_of(std::string bytes) {
  const auto held = std::make_shared<const std::string>(std::move(bytes));
  return MappedFile::from_memory(std::as_bytes(std::span(*held)), held);
}

}  // namespace headrace::testing
