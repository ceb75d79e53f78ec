// The samples that a recipe names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "deploy/recipe.h"

namespace headrace {

// Opens `path` with the recipe's preprocessing. A sample that cannot be read later says that skip-bad would leave it out.
Result<std::unique_ptr<Dataset>> open_data(const Recipe& recipe, const std::string& path, const Signature& signature);

// The recipe's calibration samples for a model of this signature; nullptr where dynamic mode has none and needs none.
Result<std::unique_ptr<Dataset>> open_calibration(const Recipe& recipe, const Signature& signature);

// Adds a warning that names the samples left out, if there are any.
void warn_of_skipped(const Dataset* data, std::vector<std::string>& warnings);

}  // namespace headrace
