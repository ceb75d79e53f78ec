// The metrics of models under Headrace's names.
#include <algorithm>

#include "serve/repository/version_figures.h"

namespace headrace::serve {
namespace {

constexpr uint64_t kBatchBounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

Labels with(Labels labels, const char* name, const std::string& value) {
  labels.emplace_back(name, value);
  return labels;
}

void add_outcomes(Family& family, const VersionFigures& version) {
  const ModelStatistics& s = version.statistics;
  const uint64_t told = s.rejected.count + s.expired.count + s.cancelled.count;
  const uint64_t failed = s.fail.count > told ? s.fail.count - told : 0;
  const std::pair<const char*, uint64_t> outcomes[] = {{"success", s.success.count},
                                                       {"rejected", s.rejected.count},
                                                       {"expired", s.expired.count},
                                                       {"cancelled", s.cancelled.count},
                                                       {"failed", failed}};
  for (const auto& [outcome, count] : outcomes)
    family.add(with(version.labels(), "outcome", outcome), static_cast<double>(count));
}

void add_batches(Family& family, const VersionFigures& version) {
  std::vector<uint64_t> counts(std::size(kBatchBounds) + 1);
  double rows = 0;
  for (const BatchStatistic& batch : version.statistics.batches) {
    const auto* bound = std::lower_bound(std::begin(kBatchBounds), std::end(kBatchBounds), batch.batch_size);
    counts[static_cast<size_t>(bound - std::begin(kBatchBounds))] += batch.compute_infer.count;
    rows += static_cast<double>(batch.batch_size * batch.compute_infer.count);
  }
  family.add_histogram(version.labels(), {std::begin(kBatchBounds), std::end(kBatchBounds)}, counts, rows);
}

void add_latency(Family& family, const Labels& labels, const LatencyHistogram& latency) {
  std::vector<double> bounds;
  for (const uint64_t bound : kLatencyBoundsNs) bounds.push_back(static_cast<double>(bound) / 1e9);
  family.add_histogram(labels, bounds, {latency.buckets.begin(), latency.buckets.end()},
                       static_cast<double>(latency.sum_ns) / 1e9);
}

void add_info(Family& family, const VersionFigures& version) {
  Labels labels = version.labels();
  const ModelConfig& config = version.config;
  labels.insert(labels.end(), {{"engine", version.engine},
                               {"isa", version.isa},
                               {"instances", std::to_string(config.instances)},
                               {"threads", std::to_string(config.threads)},
                               {"max_batch_size", std::to_string(config.max_batch_size)}});
  family.add(labels, 1);
}

}  // namespace

std::vector<Family> model_families(const std::vector<VersionFigures>& versions) {
  Family requests = counter("headrace_requests_total", "Requests answered, by outcome");
  Family rows = counter("headrace_rows_total", "Rows inferred");
  Family batches = counter("headrace_batches_total", "Batches run");
  Family batch_rows = histogram("headrace_batch_rows", "Rows of the batches that ran");
  Family queue = gauge("headrace_queue_requests", "Requests waiting");
  Family request_seconds =
      histogram("headrace_request_seconds", "From a request's arrival to its answer, of those that succeeded");
  Family queue_seconds = histogram("headrace_queue_seconds", "Time that they waited");
  Family compute_seconds = histogram("headrace_compute_seconds", "Time in the engine");
  Family ready = gauge("headrace_model_ready", "Whether the version takes requests");
  Family info = gauge("headrace_model_info", "What the version runs on; always 1");
  for (const VersionFigures& version : versions) {
    const Labels labels = version.labels();
    add_outcomes(requests, version);
    rows.add(labels, static_cast<double>(version.statistics.inference_count));
    batches.add(labels, static_cast<double>(version.statistics.execution_count));
    add_batches(batch_rows, version);
    queue.add(labels, static_cast<double>(version.statistics.queue_depth));
    add_latency(request_seconds, labels, version.statistics.request_latency);
    add_latency(queue_seconds, labels, version.statistics.queue_latency);
    add_latency(compute_seconds, labels, version.statistics.compute_latency);
    ready.add(labels, version.ready ? 1 : 0);
    add_info(info, version);
  }
  return {requests, rows, batches, batch_rows, queue, request_seconds, queue_seconds, compute_seconds, ready, info};
}

}  // namespace headrace::serve
