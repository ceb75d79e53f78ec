// Many threads, everything at once: each request is answered exactly once, and each caller gets his own rows.
#include <gtest/gtest.h>

#include <array>

#include "fake_session.h"

namespace headrace::serve {
namespace {

constexpr int kThreads = 8, kRequests = 2000;

struct Outcome {
  std::atomic<int> answered = 0, right = 0, wrong = 0, unexpected = 0;
};

// Sends a request that may have a deadline, a priority, other extents or a client that goes away.
void send(Model& model, int number, Outcome& outcome, std::atomic<int>& answers_to_it) {
  const auto value = static_cast<float>(number);
  const int64_t rows = 1 + number % 3, width = 1 + number % 2;
  InferenceRequest request = request_of(value, rows, width);
  request.priority = number % 4;
  if (number % 5 == 0) request.deadline = Clock::now() + std::chrono::milliseconds(number % 50);
  const Cancellation cancellation = request.cancellation;
  model.infer(std::move(request), [&outcome, &answers_to_it, value, rows, width](const Result<InferenceResponse>& result) {
    if (result.ok()) ++(answers(*result, value, rows, width) ? outcome.right : outcome.wrong);
    else if (result.error().code == ErrorCode::kInternal || result.error().code == ErrorCode::kInvalidArgument)
      ++outcome.unexpected;
    ++answers_to_it;
    ++outcome.answered;
  });
  if (number % 7 == 0) cancellation.request();
}

void storm(ModelOptions options, const FakeSession::Before& before) {
  std::vector<std::atomic<int>> answers_to(kThreads * kRequests);
  Outcome outcome;
  const auto model = start_model(std::make_shared<FakeSession>(before), std::move(options));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kRequests; ++i) {
        const int number = thread * kRequests + i;
        send(*model, number, outcome, answers_to[static_cast<size_t>(number)]);
        if (number % 64 == 0) {
          EXPECT_TRUE(eventually([&] { return model->statistics().queue_depth < 32; }));
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  model->drain(std::chrono::seconds(60));
  EXPECT_EQ(outcome.answered, kThreads * kRequests);
  for (const std::atomic<int>& count : answers_to) ASSERT_EQ(count, 1);
  EXPECT_EQ(outcome.wrong, 0);
  EXPECT_EQ(outcome.unexpected, 0);
  EXPECT_GT(outcome.right, kThreads * kRequests / 4);
  const ModelStatistics statistics = model->statistics();
  EXPECT_EQ(statistics.success.count + statistics.fail.count, static_cast<uint64_t>(kThreads * kRequests));
  EXPECT_EQ(statistics.success.count, static_cast<uint64_t>(outcome.right.load()));
}

TEST(Stress, TrivialModel) {
  ModelOptions options;
  options.max_batch_size = 8;
  options.instances = 2;
  storm(options, nullptr);
}

TEST(Stress, ModelThatWaitsForBatches) {
  ModelOptions options;
  options.max_batch_size = 8;
  options.instances = 3;
  options.max_queue_delay_us = 100;
  options.preferred_batch_sizes = {4};
  storm(options, nullptr);
}

TEST(Stress, ModelThatFailsNowAndThen) {
  std::atomic<int> runs = 0;
  ModelOptions options;
  options.max_batch_size = 8;
  options.instances = 2;
  // Only batches fail, so that each request has its answer after all.
  storm(options, [&](std::span<const Tensor> inputs) -> Status {
    return inputs[0].dims()[0] > 3 && ++runs % 3 == 0 ? Status(io_error("now and then")) : Ok{};
  });
}

}  // namespace
}  // namespace headrace::serve
