#include "serve/model/compute_estimate.h"

#include <algorithm>
#include <cmath>

namespace headrace::serve {
namespace {

constexpr double kWeight = 0.2;     // of the newest batch
constexpr double kLongestStep = 4;  // times the mean: one hiccup (a page fault, a suspended machine) must not count for more
constexpr double kDeviations = 2;   // above the mean, for what few batches exceed
constexpr std::chrono::seconds kFresh{1};

}  // namespace

void ComputeEstimate::record(int64_t rows, double seconds, Clock::time_point now) {
  Average& average = by_rows_[rows];
  last_ = now;
  if (average.runs++ == 0) {
    average.mean = seconds;
    return;
  }
  const double sample = std::min(seconds, kLongestStep * average.mean);
  const double difference = sample - average.mean;
  average.mean += kWeight * difference;
  average.deviation += kWeight * (std::abs(difference) - average.deviation);
}

template <typename Figure>
double ComputeEstimate::judge(int64_t rows, Figure figure) const {
  const auto next = by_rows_.lower_bound(rows);
  if (next != by_rows_.end() && next->first == rows) return figure(next->second);
  if (next == by_rows_.begin()) return next == by_rows_.end() ? 0 : figure(next->second);
  const auto& [smaller_rows, smaller] = *std::prev(next);
  const double scaled = figure(smaller) * static_cast<double>(rows) / static_cast<double>(smaller_rows);
  return next == by_rows_.end() ? scaled : std::min(scaled, figure(next->second));
}

double ComputeEstimate::mean_seconds(int64_t rows) const {
  return judge(rows, [](const Average& average) { return average.mean; });
}

double ComputeEstimate::high_seconds(int64_t rows) const {
  return judge(rows, [](const Average& average) { return average.mean + kDeviations * average.deviation; });
}

int64_t ComputeEstimate::runs(int64_t rows) const {
  const auto found = by_rows_.find(rows);
  return found == by_rows_.end() ? 0 : found->second.runs;
}

bool ComputeEstimate::fresh(Clock::time_point now) const { return !by_rows_.empty() && now - last_ < kFresh; }

}  // namespace headrace::serve
