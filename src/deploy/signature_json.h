// signature.json: names, dtypes and shapes of a model's inputs and outputs.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "engines/engine.h"

namespace headrace {

// {"inputs": [{"name", "dtype", "shape"}], "outputs": [...]}; a symbolic dimension is a string, an unknown one null.
std::string to_json(const Signature& signature);
// Errors: invalid_data saying which field is wrong.
Result<Signature> parse_signature(std::string_view json);

}  // namespace headrace
