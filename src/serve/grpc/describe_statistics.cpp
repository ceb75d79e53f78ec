#include "serve/grpc/describe.h"

namespace headrace::serve {
namespace {

void describe(const DurationStatistic& statistic, inference::StatisticDuration& duration) {
  duration.set_count(statistic.count);
  duration.set_ns(statistic.ns);
}

void describe(const BatchStatistic& statistic, inference::InferBatchStatistics& batch) {
  batch.set_batch_size(statistic.batch_size);
  describe(statistic.compute_input, *batch.mutable_compute_input());
  describe(statistic.compute_infer, *batch.mutable_compute_infer());
  describe(statistic.compute_output, *batch.mutable_compute_output());
}

void describe(const ModelStatistics& statistics, inference::ModelStatistics& model) {
  model.set_name(statistics.name);
  model.set_version(statistics.version);
  model.set_last_inference(statistics.last_inference_ms);
  model.set_inference_count(statistics.inference_count);
  model.set_execution_count(statistics.execution_count);
  auto& times = *model.mutable_inference_stats();
  describe(statistics.success, *times.mutable_success());
  describe(statistics.fail, *times.mutable_fail());
  describe(statistics.queue, *times.mutable_queue());
  describe(statistics.compute_input, *times.mutable_compute_input());
  describe(statistics.compute_infer, *times.mutable_compute_infer());
  describe(statistics.compute_output, *times.mutable_compute_output());
  for (const BatchStatistic& batch : statistics.batches) describe(batch, *model.add_batch_stats());
}

}  // namespace

inference::ModelStatisticsResponse describe(std::span<const ModelStatistics> models) {
  inference::ModelStatisticsResponse response;
  for (const ModelStatistics& model : models) describe(model, *response.add_model_stats());
  return response;
}

}  // namespace headrace::serve
