// The layout of report.json: what is long and flat (latency samples, a layer's figures) stands on one line.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "report/report.h"

namespace headrace::reporting {

// report.json as a value; members in the order in which people read them.
nlohmann::ordered_json json_of(const DeployReport& report);

// Two spaces of indentation; an array or object whose members are all plain values takes one line. Invalid UTF-8 becomes U+FFFD.
std::string pretty(const nlohmann::ordered_json& value);

}  // namespace headrace::reporting
