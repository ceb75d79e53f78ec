// The verifier: the invariants that every pass must leave intact.
#pragma once

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// Checks that names are unique and not empty, the order is topological, every value read has a producer, a constant or is an
// input, use lists match the inputs, producers match the outputs, outputs exist, and opsets are declared for every domain in use.
// Errors: invalid_model that names the node or value.
Status verify(const Model& model);

}  // namespace headrace
