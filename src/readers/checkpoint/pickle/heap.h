// The memory behind a pickle's values, bounded: a pickle can ask for much more than its own size.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "readers/archive/strided.h"
#include "readers/checkpoint/pickle/value.h"

namespace headrace {

// A storage as the pickle refers to it: its bytes lie elsewhere in the file.
struct PickleStorage {
  std::string_view key;
  DType dtype = DType::kUndefined;
  int64_t count = 0;  // elements
  // A part of the storage, in elements (the legacy format has such).
  int64_t view_offset = 0;
  std::optional<int64_t> view_count = {};
};

struct PickleTensor {
  size_t storage = 0;  // index
  DType dtype = DType::kUndefined;
  int64_t offset = 0;          // in elements
  PickleValue sizes, strides;  // tuples of integers
};

class PickleHeap {
 public:
  // Everything built here is taken off `budget`, which outlives the heap.
  explicit PickleHeap(CopyBudget& budget) : budget_(budget) {}

  // Each fails with unsupported when the budget is used up.
  Result<PickleValue> add_tuple(std::span<const PickleValue> items);
  Result<PickleValue> add_container(PickleKind kind);  // an empty kList or kDict
  Status append(PickleValue container, std::span<const PickleValue> items);
  Result<PickleValue> add(const PickleStorage& storage);
  Result<PickleValue> add(const PickleTensor& tensor);
  Status charge(size_t bytes);

  // Of a tuple, list or dict. Valid until the next value is added.
  std::span<const PickleValue> items(PickleValue value) const;
  const PickleStorage& storage(size_t index) const { return storages_[index]; }
  const PickleTensor& tensor(size_t index) const { return tensors_[index]; }
  size_t storage_count() const { return storages_.size(); }

 private:
  CopyBudget& budget_;
  std::vector<PickleValue> tuple_items_;  // of all tuples, one after the other
  std::vector<std::vector<PickleValue>> containers_;
  std::vector<PickleStorage> storages_;
  std::vector<PickleTensor> tensors_;
};

}  // namespace headrace
