// The metrics of models under the names that Triton's dashboards and autoscalers know. All durations are cumulative.
#include <functional>

#include "serve/repository/version_figures.h"

namespace headrace::serve {

std::vector<Family> triton_families(const std::vector<VersionFigures>& versions) {
  using Figure = std::function<uint64_t(const ModelStatistics&)>;
  const auto microseconds = [](DurationStatistic ModelStatistics::*part) -> Figure {
    return [part](const ModelStatistics& statistics) { return (statistics.*part).ns / 1000; };
  };
  const auto plain = [](uint64_t ModelStatistics::*part) -> Figure {
    return [part](const ModelStatistics& statistics) { return statistics.*part; };
  };
  std::vector<Family> families;
  const auto add = [&](Family family, const Figure& figure) {
    for (const VersionFigures& version : versions) family.add(version.labels(), static_cast<double>(figure(version.statistics)));
    families.push_back(std::move(family));
  };
  using Statistics = ModelStatistics;
  add(counter("nv_inference_request_success", "Requests that succeeded"), [](const Statistics& s) { return s.success.count; });
  add(counter("nv_inference_request_failure", "Requests that failed"), [](const Statistics& s) { return s.fail.count; });
  add(counter("nv_inference_count", "Rows inferred"), plain(&Statistics::inference_count));
  add(counter("nv_inference_exec_count", "Batches run"), plain(&Statistics::execution_count));
  add(counter("nv_inference_request_duration_us", "Time of requests that succeeded"), microseconds(&Statistics::success));
  add(counter("nv_inference_queue_duration_us", "Time that requests waited"), microseconds(&Statistics::queue));
  add(counter("nv_inference_compute_input_duration_us", "Time to gather batches"), microseconds(&Statistics::compute_input));
  add(counter("nv_inference_compute_infer_duration_us", "Time in the engine"), microseconds(&Statistics::compute_infer));
  add(counter("nv_inference_compute_output_duration_us", "Time to scatter results"), microseconds(&Statistics::compute_output));
  add(gauge("nv_inference_pending_request_count", "Requests waiting"), plain(&Statistics::queue_depth));
  return families;
}

}  // namespace headrace::serve
