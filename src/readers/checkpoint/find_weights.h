// Which dict of a pickled checkpoint is the state dict: see state_dict.h for the order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "readers/checkpoint/pickle/heap.h"

namespace headrace {

struct FoundWeights {
  struct Entry {
    std::string_view name;
    size_t tensor;  // in the heap
  };
  std::vector<Entry> entries;
  std::string path;  // "model.ema"; empty for the outermost dict
};

// Errors: invalid_model when there is none, naming the entries below which tensors were seen; unsupported for too many tensors.
Result<FoundWeights> find_weights(PickleValue root, const PickleHeap& heap);

}  // namespace headrace
