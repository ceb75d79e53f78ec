#include <unordered_map>

#include "base/little_endian.h"
#include "base/printable.h"
#include "readers/checkpoint/formats.h"
#include "readers/checkpoint/pickle/interpreter.h"
#include "readers/checkpoint/pickled_state_dict.h"

namespace headrace {
namespace {

using Bytes = std::span<const std::byte>;
using namespace std::string_view_literals;

constexpr std::string_view kMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;  // 0x1950a86a20f9469cfc6c
constexpr int64_t kProtocol = 1001;

// The pickles of the file, one after the other.
class Pickles {
 public:
  Pickles(Bytes bytes, PickleHeap& heap) : bytes_(bytes), heap_(heap) {}

  // `what` names the pickle in errors.
  Result<PickleValue> next(std::string_view what) {
    auto value = PickleInterpreter::read(bytes_, position_, heap_);
    if (!value.ok()) return std::move(value).error().at(what);
    return value;
  }
  size_t position() const { return position_; }

 private:
  Bytes bytes_;
  PickleHeap& heap_;
  size_t position_ = 0;
};

Status check_preamble(Pickles& pickles, const PickleHeap& heap) {
  HEADRACE_TRY(const PickleValue magic, pickles.next("magic number"));
  if (!magic.is(PickleKind::kLong) || std::string_view(magic.text, magic.size) != kMagic)
    return invalid_model("this is a pickle, but not one that torch.save wrote: it does not begin with PyTorch's magic number");
  HEADRACE_TRY(const PickleValue protocol, pickles.next("protocol version"));
  if (!protocol.is(PickleKind::kInt) || protocol.integer != kProtocol)
    return unsupported("the legacy format's protocol version is not " + std::to_string(kProtocol));
  HEADRACE_TRY(const PickleValue system, pickles.next("system information"));
  if (!system.is(PickleKind::kDict)) return invalid_model("the system information is no dict");
  const auto items = heap.items(system);
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].string() == "little_endian" && items[i + 1].is(PickleKind::kBool) && items[i + 1].integer == 0)
      return unsupported("the file was written on a big-endian machine: save it again on a little-endian one");
  return Ok{};
}

// The storages behind the pickles, by key: each a count of elements (64 bits) and the elements.
class LegacyStorages {
 public:
  LegacyStorages(const std::shared_ptr<const MappedFile>& file, const PickleHeap& heap) : file_(file), heap_(heap) {}

  Status locate(PickleValue keys, size_t position) {
    if (!keys.is(PickleKind::kList)) return invalid_model("the list of storages is " + std::string(describe(keys.kind)));
    const auto storages = by_key();
    for (const PickleValue& key : heap_.items(keys)) {
      const auto known = storages.find(key.string());
      if (known == storages.end())
        return invalid_model("storage '" + printable(key.string()) + "' is in the file, and no tensor tells its type");
      HEADRACE_CHECK(take(heap_.storage(known->second), position));
    }
    return Ok{};
  }

  Result<StorageBytes> read(const PickleStorage& storage) const {
    const auto at = found_.find(storage.key);
    if (at == found_.end()) return invalid_model("storage '" + printable(storage.key) + "' is not in the file");
    HEADRACE_CHECK(check_storage_size(storage, storage.count, at->second.size()));
    return StorageBytes{at->second, file_};
  }

 private:
  std::unordered_map<std::string_view, size_t> by_key() const {
    std::unordered_map<std::string_view, size_t> storages;
    for (size_t i = 0; i < heap_.storage_count(); ++i) storages.emplace(heap_.storage(i).key, i);
    return storages;
  }

  Status take(const PickleStorage& storage, size_t& position) {
    const Bytes bytes = file_->bytes();
    const auto count = read_le<uint64_t>(bytes, position);
    const auto item = static_cast<uint64_t>(bits_of(storage.dtype)) / 8;
    if (!count || *count > (bytes.size() - position - 8) / item)
      return invalid_model("the file is truncated: storage '" + printable(storage.key) + "'" +
                           (count ? " of " + std::to_string(*count) + " elements" : "") + " reaches past its end");
    if (!found_.emplace(storage.key, bytes.subspan(position + 8, *count * item)).second)
      return invalid_model("storage '" + printable(storage.key) + "' is in the file twice");
    position += 8 + *count * item;
    return Ok{};
  }

  const std::shared_ptr<const MappedFile>& file_;
  const PickleHeap& heap_;
  std::unordered_map<std::string_view, Bytes> found_;
};

}  // namespace

Result<StateDict> read_torch_legacy(const std::shared_ptr<const MappedFile>& file) {
  CopyBudget budget = budget_for(file->bytes().size());
  PickleHeap heap(budget);
  Pickles pickles(file->bytes(), heap);
  HEADRACE_CHECK(check_preamble(pickles, heap));
  HEADRACE_TRY(const PickleValue root, pickles.next("object"));
  HEADRACE_TRY(const PickleValue keys, pickles.next("storage keys"));
  LegacyStorages storages(file, heap);
  HEADRACE_CHECK(storages.locate(keys, pickles.position()));
  HEADRACE_TRY(StateDict state, build_state_dict(
                                    root, heap, [&](const auto& storage) { return storages.read(storage); }, budget));
  state.format = "PyTorch legacy";
  return state;
}

}  // namespace headrace
