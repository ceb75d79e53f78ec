// How long a batch of so many rows will take, learned from the batches that ran: a mean that forgets (an exponentially weighted
// moving average) and the mean deviation from it, per number of rows. What admission, deadlines and the fast path decide by.
//
// Not thread-safe: the scheduler's lock guards it.
#pragma once

#include <cstdint>
#include <map>

#include "serve/request.h"

namespace headrace::serve {

inline Clock::duration to_duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}
inline double to_seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

class ComputeEstimate {
 public:
  void record(int64_t rows, double seconds, Clock::time_point now);

  // 0 while nothing ran. A number of rows that was never run is judged by its neighbours: in proportion to the next smaller one,
  // or as the next larger one.
  double mean_seconds(int64_t rows) const;
  // What only few batches will exceed.
  double high_seconds(int64_t rows) const;
  // How many batches of exactly so many rows ran.
  int64_t runs(int64_t rows) const;
  // Whether requests may be refused on its word. An estimate grows stale: were requests refused by an old one, nothing would run,
  // and nothing would correct it.
  bool fresh(Clock::time_point now) const;

 private:
  struct Average {
    double mean = 0, deviation = 0;
    int64_t runs = 0;
  };
  template <typename Figure>
  double judge(int64_t rows, Figure figure) const;

  std::map<int64_t, Average> by_rows_;
  Clock::time_point last_{};
};

}  // namespace headrace::serve
