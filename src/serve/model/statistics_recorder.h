// Counts what becomes of a model's requests. Thread-safe; an update takes an uncontended lock and no memory once warm.
#pragma once

#include <map>
#include <mutex>

#include "serve/service.h"

namespace headrace::serve {

class StatisticsRecorder {
 public:
  // A batch has run; `timing` is that of its parts.
  void executed(const RequestTiming& timing);
  void succeeded(const RequestTiming& timing, int64_t rows, Clock::duration total);
  void failed(ErrorCode code, Clock::duration total);

  ModelStatistics snapshot() const;

 private:
  mutable std::mutex mutex_;
  ModelStatistics totals_;
  std::map<int64_t, BatchStatistic> batches_;
};

}  // namespace headrace::serve
