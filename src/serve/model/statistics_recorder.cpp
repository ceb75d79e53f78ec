#include "serve/model/statistics_recorder.h"

#include <algorithm>

namespace headrace::serve {
namespace {

uint64_t positive(int64_t ns) { return ns > 0 ? static_cast<uint64_t>(ns) : 0; }
uint64_t ns_of(Clock::duration duration) {
  return positive(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

void add(DurationStatistic& statistic, uint64_t ns) {
  ++statistic.count;
  statistic.ns += ns;
}

void add(LatencyHistogram& histogram, uint64_t ns) {
  const auto bucket = std::ranges::lower_bound(kLatencyBoundsNs, ns) - kLatencyBoundsNs.begin();
  ++histogram.buckets[static_cast<size_t>(bucket)];
  ++histogram.count;
  histogram.sum_ns += ns;
}

// The time of day, for people; nothing is computed with it.
uint64_t ms_since_epoch() {
  return positive(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

}  // namespace

void StatisticsRecorder::executed(const RequestTiming& timing) {
  const std::lock_guard lock(mutex_);
  ++totals_.execution_count;
  totals_.last_inference_ms = ms_since_epoch();
  BatchStatistic& batch = batches_[timing.batch_size];
  batch.batch_size = positive(timing.batch_size);
  add(batch.compute_input, positive(timing.compute_input_ns));
  add(batch.compute_infer, positive(timing.compute_infer_ns));
  add(batch.compute_output, positive(timing.compute_output_ns));
}

void StatisticsRecorder::succeeded(const RequestTiming& timing, int64_t rows, Clock::duration total) {
  const std::lock_guard lock(mutex_);
  totals_.inference_count += positive(rows);
  add(totals_.success, ns_of(total));
  add(totals_.queue, positive(timing.queue_ns));
  add(totals_.compute_input, positive(timing.compute_input_ns));
  add(totals_.compute_infer, positive(timing.compute_infer_ns));
  add(totals_.compute_output, positive(timing.compute_output_ns));
  add(totals_.request_latency, ns_of(total));
  add(totals_.queue_latency, positive(timing.queue_ns));
  add(totals_.compute_latency, positive(timing.compute_infer_ns));
}

void StatisticsRecorder::failed(ErrorCode code, Clock::duration total) {
  const std::lock_guard lock(mutex_);
  const uint64_t ns = ns_of(total);
  add(totals_.fail, ns);
  if (code == ErrorCode::kOverloaded) add(totals_.rejected, ns);
  if (code == ErrorCode::kDeadlineExceeded) add(totals_.expired, ns);
  if (code == ErrorCode::kCancelled) add(totals_.cancelled, ns);
}

ModelStatistics StatisticsRecorder::snapshot() const {
  const std::lock_guard lock(mutex_);
  ModelStatistics statistics = totals_;
  for (const auto& [rows, batch] : batches_) statistics.batches.push_back(batch);
  return statistics;
}

}  // namespace headrace::serve
