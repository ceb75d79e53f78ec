#include "serve/model/request_queue.h"

#include <gtest/gtest.h>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using std::chrono::milliseconds;

const Clock::time_point kNow = Clock::now();

class Queue : public ::testing::Test {
 protected:
  Pending& push(int64_t rows, int priority = 0, std::optional<milliseconds> left = std::nullopt, int64_t width = 2) {
    auto pending = std::make_unique<Pending>();
    pending->request.arrived = kNow;
    pending->request.priority = priority;
    if (left) pending->request.deadline = kNow + *left;
    pending->checked.rows = rows;
    pending->checked.inputs = {Tensor::allocate(DType::kFloat32, {rows, width})};
    pending->request.id = std::to_string(++last_);
    Pending& pushed = *pending;
    queue_.push(std::move(pending));
    return pushed;
  }
  // Numbers of the requests in the next batch, as pushed from 1 on.
  std::string take() {
    refused_.clear();
    const Batch batch = queue_.take(limits_, learned_ ? &estimate_ : nullptr, kNow, refused_);
    std::string ids;
    for (const PendingPtr& pending : batch.requests) ids += pending->request.id;
    return ids;
  }
  void learn(int64_t rows, double seconds) {
    estimate_.record(rows, seconds, kNow);
    learned_ = true;
  }

  RequestQueue queue_;
  ComputeEstimate estimate_;
  bool learned_ = false;
  std::vector<int64_t> preferred_;
  BatchLimits limits_{true, 4, nullptr};
  std::vector<Refusal> refused_;
  int last_ = 0;
};

TEST_F(Queue, FillsBatchesInOrderOfArrival) {
  for (int i = 0; i < 6; ++i) push(1);
  EXPECT_EQ(take(), "1234");
  EXPECT_EQ(queue_.rows(), 2);
  EXPECT_EQ(take(), "56");
  EXPECT_EQ(take(), "");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(Queue, WhatDoesNotFitIsNotPassedOver) {
  push(3);
  push(2);
  push(1);
  EXPECT_EQ(take(), "1");
  EXPECT_EQ(take(), "23");
}

TEST_F(Queue, SmallNumbersGoFirstAndTheDefaultIsTwo) {
  push(1, 3);
  push(1);
  push(1, 1);
  push(1, 2);
  EXPECT_EQ(queue_.requests_before(1), 1U);
  EXPECT_EQ(queue_.rows_before(0), 3);
  limits_.together = false;
  std::string order;
  while (!queue_.empty()) order += take();
  EXPECT_EQ(order, "3241");
}

TEST_F(Queue, OtherExtentsWaitForABatchOfTheirOwn) {
  push(1);
  push(1, 0, std::nullopt, 7);
  push(1);
  EXPECT_EQ(take(), "13");
  EXPECT_EQ(take(), "2");
}

TEST_F(Queue, PreferredSizesAreAimedAt) {
  preferred_ = {2, 3};
  limits_ = {true, 8, &preferred_};
  EXPECT_FALSE(starts_at_once(limits_, 1));
  EXPECT_TRUE(starts_at_once(limits_, 2));
  for (int i = 0; i < 6; ++i) push(1);
  EXPECT_EQ(take(), "123");
  EXPECT_EQ(take(), "456");
  push(1);
  EXPECT_EQ(take(), "7");
}

TEST_F(Queue, CancelledAndExpiredRequestsAreDropped) {
  push(1).request.cancellation.request();
  push(1, 0, milliseconds(-1));
  push(1);
  EXPECT_EQ(take(), "3");
  ASSERT_EQ(refused_.size(), 2U);
  EXPECT_EQ(refused_[0].error.code, ErrorCode::kCancelled);
  EXPECT_EQ(refused_[1].error.code, ErrorCode::kDeadlineExceeded);
}

TEST_F(Queue, SweepingLeavesTheLiving) {
  push(1, 1, milliseconds(-1));
  push(2);
  queue_.sweep(kNow, refused_);
  EXPECT_EQ(refused_.size(), 1U);
  EXPECT_EQ(queue_.requests(), 1U);
  EXPECT_EQ(queue_.rows(), 2);
  EXPECT_EQ(take(), "2");
}

TEST_F(Queue, WhatCannotBeFinishedInTimeIsNotBegun) {
  learn(1, 0.010);
  push(1, 0, milliseconds(5));
  push(1, 0, milliseconds(50));
  EXPECT_EQ(take(), "2");
  EXPECT_EQ(refused_.size(), 1U);
}

TEST_F(Queue, NobodyJoinsWhoWouldMakeABatchLate) {
  learn(1, 0.010);
  learn(2, 0.020);
  push(1, 0, milliseconds(15));
  push(1, 0, milliseconds(50));
  EXPECT_EQ(take(), "1");
  EXPECT_EQ(take(), "2");
  EXPECT_TRUE(refused_.empty());
}

// Otherwise an overloaded model would compute small batches only, each for a request that waited almost too long.
TEST_F(Queue, UnderLoadARequestThatAsksForASmallBatchIsGivenUp) {
  learn(1, 0.010);
  learn(4, 0.020);
  push(1, 0, milliseconds(15));
  for (int i = 0; i < 4; ++i) push(1, 0, milliseconds(50));
  EXPECT_EQ(take(), "2345");
  EXPECT_EQ(refused_.size(), 1U);
}

TEST_F(Queue, WaitingEndsInTimeForDeadlines) {
  push(1);
  EXPECT_EQ(queue_.start_by(milliseconds(100), 0.010), kNow + milliseconds(100));
  push(1, 0, milliseconds(50));
  EXPECT_EQ(queue_.start_by(milliseconds(100), 0.010), kNow + milliseconds(40));
}

}  // namespace
}  // namespace headrace::serve
