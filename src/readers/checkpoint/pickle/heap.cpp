#include "readers/checkpoint/pickle/heap.h"

namespace headrace {
namespace {

// Vectors grow by doubling, with the old and the new block alive together.
constexpr size_t kSlack = 2;

}  // namespace

std::string_view describe(PickleKind kind) {
  switch (kind) {
    case PickleKind::kNone: return "None";
    case PickleKind::kBool: return "a bool";
    case PickleKind::kInt: return "an integer";
    case PickleKind::kLong: return "a long integer";
    case PickleKind::kString: return "a string";
    case PickleKind::kGlobal: return "a function or class";
    case PickleKind::kTuple: return "a tuple";
    case PickleKind::kList: return "a list";
    case PickleKind::kDict: return "a dict";
    case PickleKind::kStorage: return "a storage";
    case PickleKind::kTensor: return "a tensor";
    case PickleKind::kOpaque: return "a value that is no weight";
  }
  return "a value";
}

Status PickleHeap::charge(size_t bytes) {
  if (bytes > budget_.bytes)
    return unsupported(
        "the pickle asks for more memory than the file's size justifies; a state dict of that many entries is not read");
  budget_.bytes -= bytes;
  return Ok{};
}

Result<PickleValue> PickleHeap::add_tuple(std::span<const PickleValue> items) {
  HEADRACE_CHECK(charge(kSlack * items.size_bytes()));
  const size_t first = tuple_items_.size();
  tuple_items_.insert(tuple_items_.end(), items.begin(), items.end());
  return PickleValue::at(PickleKind::kTuple, first, items.size());
}

Result<PickleValue> PickleHeap::add_container(PickleKind kind) {
  HEADRACE_CHECK(charge(kSlack * sizeof(std::vector<PickleValue>)));
  containers_.emplace_back();
  return PickleValue::at(kind, containers_.size() - 1);
}

Status PickleHeap::append(PickleValue container, std::span<const PickleValue> items) {
  std::vector<PickleValue>& held = containers_[container.index];
  constexpr size_t kFirst = 16;  // what the allocator takes beside a small block
  HEADRACE_CHECK(charge(kSlack * items.size_bytes() + (held.empty() ? kFirst : 0)));
  held.insert(held.end(), items.begin(), items.end());
  return Ok{};
}

Result<PickleValue> PickleHeap::add(const PickleStorage& storage) {
  HEADRACE_CHECK(charge(kSlack * sizeof(PickleStorage)));
  storages_.push_back(storage);
  return PickleValue::at(PickleKind::kStorage, storages_.size() - 1);
}

Result<PickleValue> PickleHeap::add(const PickleTensor& tensor) {
  HEADRACE_CHECK(charge(kSlack * sizeof(PickleTensor)));
  tensors_.push_back(tensor);
  return PickleValue::at(PickleKind::kTensor, tensors_.size() - 1);
}

std::span<const PickleValue> PickleHeap::items(PickleValue value) const {
  if (value.is(PickleKind::kTuple)) return std::span(tuple_items_).subspan(value.index, value.size);
  return containers_[value.index];
}

}  // namespace headrace
