// The report as JSON values: for to_json(), and for the page, which carries the same object for its plots.
#pragma once

#include <nlohmann/json.hpp>

#include "load/result.h"

namespace headrace::load {

nlohmann::ordered_json json_of(const LoadReport& report);

}  // namespace headrace::load
