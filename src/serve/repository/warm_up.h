// The runs before a version takes requests: memory is allocated, plans are made, and a model that cannot run is found out.
#pragma once

#include <vector>

#include "base/error.h"
#include "deploy/serve_options.h"
#include "serve/repository/parallelism.h"

namespace headrace::serve {

// The most rows that one run of this model may have: see BatchRule. Errors: invalid_argument when options ask for batches of a
// model that has none.
Result<int64_t> batch_limit(const Signature& signature, const ModelOptions& options);

// Random inputs of so many rows; 0: as the signature has them.
Result<std::vector<Tensor>> batch_inputs(const Signature& signature, int64_t batch);

// Runs on all instances at once, with the smallest and with the largest batch. Errors: those of the engine, unless the model has
// extents beside the batch that only its users know: then random inputs prove nothing, and it counts as warm.
Status warm_up(const ParallelSessions& sessions, int64_t max_batch_size);

}  // namespace headrace::serve
