// The points that a recipe's [bench] section spans.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/recipe.h"
#include "measure/bench.h"

namespace headrace {

// Whether the engines are for Headrace to choose: none is named, or `auto` is.
bool chooses_engine(const Recipe& recipe);

// The engines asked for; for `auto`, or where none is named, all that are installed but `reference`. ort-exact is among the
// latter only where ONNX Runtime's usual INT8 kernels can saturate. Errors: invalid_argument for an unknown name, unavailable for
// one that is not installed or when none is.
Result<std::vector<std::string>> engines_for(const Recipe& recipe);

// Every model (bundles count as theirs) on every engine, with every number of threads, batch size and number of clients.
Result<std::vector<BenchCase>> bench_points(std::span<const std::string> models, const Recipe& recipe);

}  // namespace headrace
