// Another batch size for a model: the first dimension of every input, and what follows from it.
#pragma once

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// Sets the first dimension of every input of rank >= 1 to `batch` (a number, or a symbol such as "batch"), lets Reshape nodes
// that have the old size baked in take it from their input, and infers all shapes anew. Errors: invalid_argument when the model
// has no batch dimension; unsupported when an output keeps the old size, naming it.
Status set_batch(Model& model, const Dim& batch);

}  // namespace headrace
