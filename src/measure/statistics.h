// Figures from samples: quantiles, spread, signal-to-noise.
#pragma once

#include <cstddef>
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
  // Spans of one length. A NaN or infinity counts as equal where both have the same bits, and as infinite noise otherwise.
  void add(std::span<const float> reference, std::span<const float> test);
  // Adds the sums of another: partial sums in a fixed order give the same figure on any number of threads.
  void merge(const Sqnr& other);
  // Infinity when nothing differs; minus infinity for noise without signal.
  double db() const;
  double signal() const { return signal_; }
  double noise() const { return noise_; }

 private:
  double signal_ = 0, noise_ = 0;
};

}  // namespace headrace
