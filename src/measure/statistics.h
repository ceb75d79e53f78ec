// Figures from samples: quantiles, spread, signal-to-noise.
#pragma once

#include <span>
#include <vector>

namespace headrace {

struct LatencySummary {  // milliseconds
  double median = 0, p90 = 0, p99 = 0, min = 0, max = 0, mean = 0, stddev = 0;
  size_t count = 0;
};

// Quantiles by linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996). An empty input gives zeros.
LatencySummary summarize(std::vector<double> milliseconds);
double quantile(std::span<const double> sorted, double q);

// Accumulates 10 log10(sum ref^2 / sum (ref - test)^2) over tensors.
class Sqnr {
 public:
  void add(std::span<const float> reference, std::span<const float> test);
  // Infinity when nothing differs.
  double db() const;

 private:
  double signal_ = 0, noise_ = 0;
};

}  // namespace headrace
