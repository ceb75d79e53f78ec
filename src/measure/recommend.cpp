#include <algorithm>
#include <cmath>
#include <vector>

#include "measure/bench.h"

namespace headrace {
namespace {

// All threads of a setting that can be busy at once.
int threads_in_use(const BenchCase& point) { return std::max(point.threads, 1) * std::min(point.sessions, point.clients); }

constexpr double kTie = 0.97;  // throughputs within 3 % are taken as equal: they differ by as much from run to run

}  // namespace

const BenchResult* recommend(const std::vector<BenchResult>& results, double p99_factor) {
  std::vector<const BenchResult*> eligible;
  for (const BenchResult& result : results)
    if (result.error.empty() && result.latency_ms.count > 0) eligible.push_back(&result);
  if (eligible.empty()) return nullptr;

  const auto p99 = [](const BenchResult* result) { return result->latency_ms.p99; };
  const double best_p99 =
      p99(*std::min_element(eligible.begin(), eligible.end(), [&](auto* a, auto* b) { return p99(a) < p99(b); }));
  std::erase_if(eligible, [&](auto* result) { return p99(result) > best_p99 * p99_factor; });

  double most = 0;
  for (const BenchResult* result : eligible) most = std::max(most, result->throughput_per_s);
  std::erase_if(eligible, [&](auto* result) { return result->throughput_per_s < most * kTie; });
  return *std::min_element(eligible.begin(), eligible.end(), [&](auto* a, auto* b) {
    const int threads_a = threads_in_use(a->point), threads_b = threads_in_use(b->point);
    return threads_a != threads_b ? threads_a < threads_b : a->throughput_per_s > b->throughput_per_s;
  });
}

}  // namespace headrace
