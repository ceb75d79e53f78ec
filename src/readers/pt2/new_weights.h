// Other weights for an exported program: a checkpoint of the same architecture.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace::pt2 {

// A tensor that the program takes from its weights.
struct WantedWeight {
  std::string name;  // fully qualified: "layer1.0.conv1.weight"
  DType dtype = DType::kUndefined;
  Dims dims;
};

// Whether it only tells how often a batch normalisation was trained: it computes nothing, and not all checkpoints have it.
bool counts_batches(std::string_view name);

// The tensors of `given` in the order of `wanted`, matched by name; floats of another width become the wanted ones.
// Errors: invalid_data that lists every name that is missing, left over, or of another shape or type, all at once.
Result<std::vector<Tensor>> match_weights(const std::vector<WantedWeight>& wanted, const StateDict& given);

}  // namespace headrace::pt2
