#include "load/result.h"

#include <algorithm>

namespace headrace::load {
namespace {

double ms(double nanoseconds) { return nanoseconds / 1e6; }

}  // namespace

bool fell_behind(const LevelResult& result) {
  const uint64_t all = result.requests + result.failures;
  return result.level.open() && static_cast<double>(result.lateness.overslept) > 0.01 * static_cast<double>(all);
}

Latency latency_of(const Histogram& histogram) {
  const auto at = [&](double q) { return ms(static_cast<double>(histogram.quantile(q))); };
  Latency latency{at(0.5), at(0.9), at(0.95), at(0.99), at(0.999), 0, 0, ms(histogram.mean())};
  latency.min = ms(static_cast<double>(histogram.min()));
  latency.max = ms(static_cast<double>(histogram.max()));
  return latency;
}

std::optional<ServerSplit> split_of(const ServerTimes& before, const ServerTimes& after) {
  if (after.success_count <= before.success_count || after.execution_count <= before.execution_count) return std::nullopt;
  const auto requests = static_cast<double>(after.success_count - before.success_count);
  const auto average = [&](uint64_t ServerTimes::*sum) {
    return ms(static_cast<double>(after.*sum - std::min(after.*sum, before.*sum)) / requests);
  };
  ServerSplit split;
  split.queue_ms = average(&ServerTimes::queue_ns);
  split.compute_input_ms = average(&ServerTimes::compute_input_ns);
  split.compute_infer_ms = average(&ServerTimes::compute_infer_ns);
  split.compute_output_ms = average(&ServerTimes::compute_output_ns);
  split.batch_size = static_cast<double>(after.inference_count - std::min(after.inference_count, before.inference_count)) /
                     static_cast<double>(after.execution_count - before.execution_count);
  return split;
}

bool LoadReport::any_success() const {
  return std::any_of(results.begin(), results.end(), [](const LevelResult& result) { return result.requests > 0; });
}

}  // namespace headrace::load
