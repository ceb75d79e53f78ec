// What a benchmark's worker tells of one output on random input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/shape.h"

namespace headrace {

// One output of a run on random input, as much of it as a comparison between engines needs.
struct OutputSummary {
  std::string name;
  Dims dims;
  uint64_t bad = 0;            // NaN and infinite values
  std::vector<double> values;  // at most 4096, evenly spaced; of outputs that are not float none
};

}  // namespace headrace
