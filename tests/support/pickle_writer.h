// Pickles written opcode by opcode, and the checkpoints around them: those that torch.save writes and those that it never would.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "support/zip_writer.h"

namespace headrace::testing {

class PickleWriter {
 public:
  PickleWriter() { bytes_ = "\x80\x02"; }

  PickleWriter& op(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  PickleWriter& string(std::string_view text);                           // BINUNICODE
  PickleWriter& integer(int64_t value);                                  // LONG1
  PickleWriter& tuple(const std::vector<int64_t>& integers);             // of integers
  PickleWriter& global(std::string_view module, std::string_view name);  // GLOBAL
  // A torch storage's persistent id: the key, its type ("FloatStorage"), its elements; `legacy`: with the sixth item, None.
  PickleWriter& storage(std::string_view key, int64_t count, std::string_view type = "FloatStorage", bool legacy = false);
  // _rebuild_tensor_v2 of such a storage. Strides default to row-major.
  PickleWriter& tensor(std::string_view key, int64_t count, const std::vector<int64_t>& sizes,
                       std::optional<std::vector<int64_t>> strides = {}, int64_t offset = 0, bool legacy = false);
  std::string finish() const { return bytes_ + "."; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A pickled dict of one float tensor of shape [2], "w", whose storage is "0".
std::string plain_pickle(bool legacy = false);

using Storages = std::map<std::string, std::string>;  // bytes by key

// The zip archive of torch.save, its folder named "m"; `extra` are further entries, with their folder.
std::string zip_checkpoint(const std::string& pickle, const Storages& storages, const std::vector<ZipMember>& extra = {});
// The legacy format. Storages have elements of `item` bytes.
std::string legacy_checkpoint(const std::string& pickle, const Storages& storages, size_t item = 4);
// The header's JSON and the data, behind the header's size.
std::string safetensors(const std::string& header, const std::string& data);

// So many floats: 0, 1, 2, ...
std::string floats(int count);

std::shared_ptr<const MappedFile> file_of(std::string bytes);

}  // namespace headrace::testing
