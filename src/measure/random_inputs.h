// Inputs to measure a model with where no data is at hand.
#pragma once

#include <vector>

#include "base/error.h"
#include "base/tensor.h"
#include "engines/engine.h"

namespace headrace {

// One tensor per input, seeded: the same values in every process. `batch` takes the place of unknown leading extents, 1 that of
// other unknown ones. Errors: invalid_argument when the model's batch is fixed and another; those of random_dataset().
Result<std::vector<Tensor>> random_inputs(const Signature& signature, int batch);

}  // namespace headrace
