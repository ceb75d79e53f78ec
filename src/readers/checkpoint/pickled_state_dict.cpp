#include "readers/checkpoint/pickled_state_dict.h"

#include <cstring>
#include <map>
#include <utility>

#include "base/printable.h"
#include "readers/checkpoint/find_weights.h"

namespace headrace {
namespace {

std::vector<int64_t> integers(PickleValue tuple, const PickleHeap& heap) {
  std::vector<int64_t> out;
  for (const PickleValue& item : heap.items(tuple)) out.push_back(item.integer);
  return out;
}

// Reads the tensors of one checkpoint.
class TensorReader {
 public:
  TensorReader(const PickleHeap& heap, const StorageReader& read_storage, CopyBudget& budget)
      : heap_(heap), read_storage_(read_storage), budget_(budget) {}

  Result<Tensor> read(const PickleTensor& tensor) {
    const PickleStorage& storage = heap_.storage(tensor.storage);
    const StridedView view{tensor.dtype, integers(tensor.sizes, heap_), integers(tensor.strides, heap_), tensor.offset};
    HEADRACE_TRY(StorageBytes bytes, read_storage_(storage));
    HEADRACE_CHECK(take_view(storage, bytes));
    if (is_contiguous(view)) HEADRACE_CHECK(align(bytes));
    return materialize(view, bytes.bytes, std::move(bytes.owner), &budget_);
  }

 private:
  static Status take_view(const PickleStorage& storage, StorageBytes& bytes) {
    if (!storage.view_count) return Ok{};
    const auto item = static_cast<uint64_t>(bits_of(storage.dtype)) / 8, count = bytes.bytes.size() / item;
    const int64_t offset = storage.view_offset, size = *storage.view_count;
    if (offset < 0 || size < 0 || static_cast<uint64_t>(offset) > count ||
        static_cast<uint64_t>(size) > count - static_cast<uint64_t>(offset))
      return invalid_model("a view of " + std::to_string(size) + " elements from " + std::to_string(offset) +
                           " on does not lie within storage '" + printable(storage.key) + "' of " + std::to_string(count));
    bytes.bytes = bytes.bytes.subspan(static_cast<uint64_t>(offset) * item, static_cast<uint64_t>(size) * item);
    return Ok{};
  }

  // The legacy format aligns nothing. One copy of a storage serves all its tensors.
  Status align(StorageBytes& storage) {
    const std::span<const std::byte> bytes = storage.bytes;
    if (reinterpret_cast<uintptr_t>(bytes.data()) % 8 == 0) return Ok{};
    StorageBytes& copy = aligned_[{bytes.data(), bytes.size()}];
    if (copy.owner == nullptr) {
      HEADRACE_CHECK(take(budget_, bytes.size()));
      auto tensor = std::make_shared<Tensor>(Tensor::allocate(DType::kUint8, {static_cast<int64_t>(bytes.size())}));
      if (!bytes.empty()) std::memcpy(tensor->mutable_bytes().data(), bytes.data(), bytes.size());
      copy = {tensor->bytes(), tensor};
    }
    storage = copy;
    return Ok{};
  }

  const PickleHeap& heap_;
  const StorageReader& read_storage_;
  CopyBudget& budget_;
  std::map<std::pair<const std::byte*, size_t>, StorageBytes> aligned_;
};

}  // namespace

Result<StateDict> build_state_dict(PickleValue root, const PickleHeap& heap, const StorageReader& read_storage,
                                   CopyBudget& budget) {
  HEADRACE_TRY(FoundWeights weights, find_weights(root, heap));
  StateDict state;
  state.found_under = std::move(weights.path);
  constexpr size_t kPerTensor = sizeof(NamedTensor) + sizeof(FoundWeights::Entry) + 128;  // and its name and shape
  HEADRACE_CHECK(take(budget, kPerTensor * weights.entries.size()));
  state.tensors.reserve(weights.entries.size());
  TensorReader reader(heap, read_storage, budget);
  for (const FoundWeights::Entry& entry : weights.entries) {
    auto tensor = reader.read(heap.tensor(entry.tensor));
    if (!tensor.ok()) return std::move(tensor).error().at("tensor '" + printable(entry.name) + "'");
    state.tensors.push_back({std::string(entry.name), *std::move(tensor)});
  }
  return state;
}

Status take(CopyBudget& budget, uint64_t bytes) {
  if (bytes > budget.bytes) return unsupported("the file asks for more memory than its size justifies");
  budget.bytes -= bytes;
  return Ok{};
}

CopyBudget budget_for(size_t file_bytes) { return {file_bytes + (uint64_t{40} << 20)}; }

Status check_storage_size(const PickleStorage& storage, int64_t count, size_t bytes) {
  const auto item = static_cast<uint64_t>(bits_of(storage.dtype)) / 8;
  if (count >= 0 && bytes % item == 0 && static_cast<uint64_t>(count) == bytes / item) return Ok{};
  return invalid_model("storage '" + printable(storage.key) + "' should hold " + std::to_string(count) + " elements of " +
                       std::to_string(item) + " bytes, and has " + std::to_string(bytes) + " bytes in the file");
}

}  // namespace headrace
