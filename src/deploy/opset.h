// The opset that a recipe asks for, or that INT8 needs.
#pragma once

#include <string>

#include "base/error.h"
#include "deploy/recipe.h"
#include "ir/model.h"

namespace headrace {

// Converts `model` to recipe.opset; where that is 0 and `quantizing` with per-channel scales an older model is raised to 13.
// Returns what was done ("opset 11 raised to 13: ..."), or nothing. Errors: those of convert_opset().
Result<std::string> set_opset(Model& model, const Recipe& recipe, bool quantizing);

}  // namespace headrace
