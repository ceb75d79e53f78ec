// What `auto` takes at each setting of a benchmark.
#pragma once

#include <vector>

#include "base/error.h"
#include "measure/engine_choice.h"

namespace headrace {

struct BenchChoice {
  BenchCase point;      // the engine taken, and the setting
  EngineChoice choice;  // no engine where all are refused: then the reason says why
};

// One a model, number of threads, batch size and number of clients, in the order of the results. Errors: those of reading the
// models.
Result<std::vector<BenchChoice>> bench_choices(const std::vector<BenchResult>& results);

}  // namespace headrace
