// What `headrace load` prints for people; for programs there is load::to_json().
#pragma once

#include <string>

#include "load/result.h"

namespace headrace::cli {

// The table, then what a reader has to know beside it: errors by kind, a tester that fell behind, the scenario's figure.
std::string load_table(const load::LoadReport& report);

}  // namespace headrace::cli
