// The figures of one served version, as metrics show them.
#pragma once

#include <string>

#include "serve/repository/metric_families.h"
#include "serve/service.h"

namespace headrace::serve {

struct VersionFigures {
  ModelStatistics statistics;
  ModelConfig config;
  std::string engine, isa;
  bool ready = true;

  Labels labels() const { return {{"model", statistics.name}, {"version", statistics.version}}; }
};

}  // namespace headrace::serve
