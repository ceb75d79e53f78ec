// One level of load, measured: warm-up, windows until they are alike, the server's own figures before and after.
#pragma once

#include "base/progress.h"
#include "load/drive.h"
#include "load/stability.h"

namespace headrace::load {

struct LevelOptions {
  Duration duration;
  ArrivalKind arrivals = ArrivalKind::kPoisson;
  uint64_t seed = 1;
  int max_connections = 256;
  double bound_ms = 0;         // for LevelResult::in_time_share; 0: none
  std::string model, version;  // whose statistics the server is asked for
};

// Errors: cancelled. That requests fail is no error, but counted in the result.
Result<LevelResult> measure_level(ServerApi& server, const Target& target, const Level& level, const LevelOptions& options,
                                  const Progress& progress);

}  // namespace headrace::load
