// The scenarios, over a function that measures a level: tests give their own.
#pragma once

#include <functional>

#include "load/load_test.h"

namespace headrace::load {

using MeasureLevel = std::function<Result<LevelResult>(const Level&, const Duration&)>;

struct BatchOfModel {
  bool is_free = true;  // the first extent of every input
  int64_t largest = 0;  // 0: not told
};
BatchOfModel batch_of(const ModelInfo& model);

// Fills in report.results and report.scenario.
Status run_scenario(const LoadOptions& options, const BatchOfModel& model, const MeasureLevel& measure, LoadReport& report);

}  // namespace headrace::load
