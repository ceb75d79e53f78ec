// Checks a request against the signature before it is queued: what passes fits the model in names, dtypes, ranks and extents, so
// that an engine that fails afterwards fails for reasons of its own. Messages name the input, what it wants and what was given.
#pragma once

#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "serve/model/batch_rule.h"
#include "serve/request.h"

namespace headrace::serve {

struct CheckedRequest {
  std::vector<Tensor> inputs;   // in the signature's order
  std::vector<size_t> outputs;  // places in the signature of those asked for, in the order asked
  int64_t rows = 1;             // 1 where the model has no batch
};

// Moves the tensors out of `request` when it fits. Errors: invalid_argument.
Result<CheckedRequest> check_request(const Signature& signature, const BatchRule& rule, InferenceRequest& request);

}  // namespace headrace::serve
