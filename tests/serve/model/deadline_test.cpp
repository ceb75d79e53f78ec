#include <gtest/gtest.h>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using std::chrono::milliseconds;

// A model of one instance that is held at `gate` by the first request.
struct Busy {
  Gate gate;
  std::shared_ptr<FakeSession> session = std::make_shared<FakeSession>([this](std::span<const Tensor>) -> Status {
    gate.pass();
    return Ok{};
  });
  Answers answers;
  std::shared_ptr<Model> model;

  explicit Busy(ModelOptions options = {}) : model(start_model(session, options)) {
    model->infer(request_of(0), answers.at(0));
    EXPECT_TRUE(gate.await_arrivals(1));
  }
  ~Busy() {
    gate.open();
    model->drain(std::chrono::seconds(30));
  }
};

InferenceRequest request_within(milliseconds left) {
  InferenceRequest request = request_of(1);
  request.deadline = Clock::now() + left;
  return request;
}

TEST(Deadlines, WhatExpiresWhileItWaitsIsAnsweredThenAndNotComputed) {
  Busy busy;
  busy.model->infer(request_within(milliseconds(20)), busy.answers.at(1));
  ASSERT_TRUE(busy.answers.await(1)) << "though the instance is still busy";
  EXPECT_EQ(busy.answers.error(1), ErrorCode::kDeadlineExceeded);
  busy.gate.open();
  ASSERT_TRUE(busy.answers.await(2));
  EXPECT_EQ(busy.session->batches().size(), 1U);
  EXPECT_EQ(busy.model->statistics().expired.count, 1U);
}

TEST(Deadlines, ThatHavePassedAreRefusedAtOnce) {
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session);
  const Result<InferenceResponse> response = infer(*model, request_within(milliseconds(-1)));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(session->batches().empty());
}

TEST(Deadlines, TheModelHasOneForRequestsThatBringNone) {
  ModelOptions options;
  options.default_deadline_ms = 1000;
  Busy busy(options);
  InferenceRequest late = request_of(1);
  late.arrived = Clock::now() - std::chrono::seconds(2);
  busy.model->infer(std::move(late), busy.answers.at(1));
  ASSERT_TRUE(busy.answers.await(1));
  EXPECT_EQ(busy.answers.error(1), ErrorCode::kDeadlineExceeded);
}

TEST(Deadlines, AnAnswerThatComesTooLateIsNone) {
  const auto deadline = Clock::now() + milliseconds(40);
  InferenceRequest request = request_of(1);
  const auto slow = std::make_shared<FakeSession>([&](std::span<const Tensor>) -> Status {
    std::this_thread::sleep_until(deadline + milliseconds(1));
    return Ok{};
  });
  const auto model = start_model(slow);
  request.deadline = deadline;
  EXPECT_EQ(infer(*model, std::move(request)).error().code, ErrorCode::kDeadlineExceeded);
}

TEST(Deadlines, WhatCannotBeDoneInTimeIsRefusedOnArrival) {
  const auto session = std::make_shared<FakeSession>([](std::span<const Tensor>) -> Status {
    std::this_thread::sleep_for(milliseconds(20));
    return Ok{};
  });
  const auto model = start_model(session);
  ASSERT_TRUE(infer(*model, request_of(1)).ok());  // now it is known to take 20 ms
  const Result<InferenceResponse> response = infer(*model, request_within(milliseconds(10)));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(session->batches().size(), 1U);
}

TEST(Deadlines, AnOldEstimateRefusesNobody) {
  int runs = 0;
  const auto session = std::make_shared<FakeSession>([&](std::span<const Tensor>) -> Status {
    if (runs++ == 0) std::this_thread::sleep_for(milliseconds(600));  // the first run is a slow one
    return Ok{};
  });
  const auto model = start_model(session);
  ASSERT_TRUE(infer(*model, request_of(1)).ok());
  std::this_thread::sleep_for(milliseconds(1100));
  EXPECT_TRUE(infer(*model, request_within(milliseconds(500))).ok());
}

TEST(Cancellation, AClientThatWentAwayIsNotComputed) {
  Busy busy;
  InferenceRequest request = request_of(1);
  const Cancellation cancellation = request.cancellation;
  busy.model->infer(std::move(request), busy.answers.at(1));
  cancellation.request();
  ASSERT_TRUE(busy.answers.await(1)) << "though the instance is still busy";
  EXPECT_EQ(busy.answers.error(1), ErrorCode::kCancelled);
  EXPECT_EQ(busy.model->statistics().cancelled.count, 1U);
}

TEST(Overload, AFullQueueRefusesAtOnceAndSaysForHowLong) {
  ModelOptions options;
  options.max_queue_size = 2;
  Busy busy(options);
  for (int key = 1; key <= 3; ++key) busy.model->infer(request_of(1), busy.answers.at(key));
  ASSERT_TRUE(busy.answers.await(1));
  EXPECT_EQ(busy.answers.error(3), ErrorCode::kOverloaded);
  EXPECT_NE(busy.answers[3].error().message.find("2 requests wait"), std::string::npos);
  const ModelStatistics statistics = busy.model->statistics();
  EXPECT_EQ(statistics.rejected.count, 1U);
  EXPECT_EQ(statistics.queue_depth, 2U);
  busy.gate.open();
  EXPECT_TRUE(busy.answers.await(4));
}

}  // namespace
}  // namespace headrace::serve
