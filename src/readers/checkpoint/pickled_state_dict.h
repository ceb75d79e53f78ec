// From an interpreted pickle and the storages beside it to a state dict: what the zip and the legacy format have in common.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/error.h"
#include "readers/checkpoint/pickle/heap.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace {

struct StorageBytes {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

// The bytes of a storage, checked to be as many as it claims.
using StorageReader = std::function<Result<StorageBytes>(const PickleStorage&)>;

// Copies are taken off `budget`. Errors: those of find_weights(), of `read_storage` and of materialize(), the latter with the
// tensor's name in the context.
Result<StateDict> build_state_dict(PickleValue root, const PickleHeap& heap, const StorageReader& read_storage,
                                   CopyBudget& budget);

// What a file of so many bytes may make us hold beside it; unsupported where that is not enough.
CopyBudget budget_for(size_t file_bytes);
Status take(CopyBudget& budget, uint64_t bytes);

// invalid_model unless `bytes` holds `count` elements exactly.
Status check_storage_size(const PickleStorage& storage, int64_t count, size_t bytes);

}  // namespace headrace
