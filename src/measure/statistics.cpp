#include "measure/statistics.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace headrace {

double quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) return 0;
  const double position = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

LatencySummary summarize(std::vector<double> milliseconds) {
  LatencySummary summary;
  if (milliseconds.empty()) return summary;
  std::sort(milliseconds.begin(), milliseconds.end());
  const auto count = static_cast<double>(milliseconds.size());
  summary.count = milliseconds.size();
  summary.median = quantile(milliseconds, 0.5);
  summary.p90 = quantile(milliseconds, 0.9);
  summary.p99 = quantile(milliseconds, 0.99);
  summary.min = milliseconds.front();
  summary.max = milliseconds.back();
  summary.mean = std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) / count;
  double squares = 0;
  for (const double value : milliseconds) squares += (value - summary.mean) * (value - summary.mean);
  if (summary.count > 1) summary.stddev = std::sqrt(squares / (count - 1));
  return summary;
}

void Sqnr::add(std::span<const float> reference, std::span<const float> test) {
  assert(reference.size() == test.size());
  double signal = 0, noise = 0;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double a = reference[i], difference = a - static_cast<double>(test[i]);
    if (std::isfinite(difference)) {
      signal += a * a;
      noise += difference * difference;
    } else if (std::bit_cast<uint32_t>(reference[i]) != std::bit_cast<uint32_t>(test[i])) {
      noise = std::numeric_limits<double>::infinity();  // a NaN or infinity that only one side has
    }
  }
  signal_ += signal;
  noise_ += noise;
}

void Sqnr::merge(const Sqnr& other) {
  signal_ += other.signal_;
  noise_ += other.noise_;
}

double Sqnr::db() const {
  if (noise_ == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal_ / noise_);
}

}  // namespace headrace
