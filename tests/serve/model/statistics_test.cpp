#include <gtest/gtest.h>

#include <algorithm>

#include "fake_session.h"
#include "serve/model/statistics_recorder.h"

namespace headrace::serve {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

TEST(Statistics, AreTritons) {
  StatisticsRecorder recorder;
  const RequestTiming timing{
      .queue_ns = 5, .compute_input_ns = 1, .compute_infer_ns = 30, .compute_output_ns = 2, .batch_size = 3};
  recorder.executed(timing);
  recorder.succeeded(timing, 1, std::chrono::nanoseconds(40));
  recorder.succeeded(timing, 2, std::chrono::nanoseconds(50));
  const ModelStatistics statistics = recorder.snapshot();
  EXPECT_EQ(statistics.inference_count, 3U) << "rows";
  EXPECT_EQ(statistics.execution_count, 1U) << "batches";
  EXPECT_EQ(statistics.success.count, 2U);
  EXPECT_EQ(statistics.success.ns, 90U);
  EXPECT_EQ(statistics.compute_infer.count, 2U) << "a batch counts for each of its requests";
  EXPECT_EQ(statistics.compute_infer.ns, 60U);
  EXPECT_EQ(statistics.queue.ns, 10U);
  ASSERT_EQ(statistics.batches.size(), 1U);
  EXPECT_EQ(statistics.batches[0].batch_size, 3U);
  EXPECT_EQ(statistics.batches[0].compute_infer.count, 1U) << "but for its size once";
  EXPECT_GT(statistics.last_inference_ms, 0U);
}

TEST(Statistics, FailuresAreCountedByKindAndInAll) {
  StatisticsRecorder recorder;
  for (const ErrorCode code : {ErrorCode::kOverloaded, ErrorCode::kDeadlineExceeded, ErrorCode::kCancelled, ErrorCode::kInternal})
    recorder.failed(code, std::chrono::nanoseconds(7));
  const ModelStatistics statistics = recorder.snapshot();
  EXPECT_EQ(statistics.fail.count, 4U);
  EXPECT_EQ(statistics.fail.ns, 28U);
  EXPECT_EQ(statistics.rejected.count, 1U);
  EXPECT_EQ(statistics.expired.count, 1U);
  EXPECT_EQ(statistics.cancelled.count, 1U);
}

TEST(Statistics, HistogramBoundsAreInclusiveAndTheLastBucketIsOpen) {
  StatisticsRecorder recorder;
  for (const int64_t ns : {int64_t{0}, int64_t{20'000}, int64_t{20'001}, 40'000 * kMillisecond})
    recorder.succeeded({}, 1, std::chrono::nanoseconds(ns));
  const LatencyHistogram histogram = recorder.snapshot().request_latency;
  EXPECT_EQ(histogram.buckets.front(), 2U);
  EXPECT_EQ(histogram.buckets[1], 1U);
  EXPECT_EQ(histogram.buckets.back(), 1U);
  EXPECT_EQ(histogram.count, 4U);
  EXPECT_TRUE(std::ranges::is_sorted(kLatencyBoundsNs));
}

TEST(Statistics, OfAModelAreUpToDateWhenItAnswers) {
  const auto model = start_model(std::make_shared<FakeSession>());
  for (uint64_t i = 1; i <= 10; ++i) {
    const Result<InferenceResponse> response = infer(*model, request_of(1, 2));
    ASSERT_TRUE(response.ok());
    const ModelStatistics statistics = model->statistics();
    EXPECT_EQ(statistics.name, "m");
    EXPECT_EQ(statistics.success.count, i);
    EXPECT_EQ(statistics.inference_count, 2 * i);
    EXPECT_EQ(statistics.request_latency.count, i);
    EXPECT_EQ(statistics.queue_depth, 0U);
  }
  EXPECT_EQ(infer(*model, InferenceRequest{}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(model->statistics().fail.count, 1U);
}

TEST(Statistics, TheConfigurationIsWhatTheModelRunsWith) {
  ModelOptions options;
  options.max_batch_size = 4;
  options.instances = 2;
  const auto model = start_model(std::make_shared<FakeSession>(), options);
  const ModelConfig config = model->config();
  EXPECT_EQ(config.max_batch_size, 4);
  EXPECT_EQ(config.instances, 2);
  EXPECT_EQ(config.threads, 1);
  EXPECT_EQ(config.max_queue_size, 16 * 4 * 2);
  EXPECT_EQ(model->metadata().versions, std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace headrace::serve
