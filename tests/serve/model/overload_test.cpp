// Far more requests than a model can compute: what is answered is answered in time, and the model goes on computing full batches
// for answers that somebody wants.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using std::chrono::milliseconds;

TEST(Overload, AnswersComeInTimeAndWorkIsNotWasted) {
  constexpr milliseconds kDeadline{100};
  const auto session = std::make_shared<FakeSession>([](std::span<const Tensor>) -> Status {
    std::this_thread::sleep_for(milliseconds(5));
    return Ok{};
  });
  ModelOptions options;
  options.max_batch_size = 4;
  options.max_queue_size = 10'000;  // deadlines alone have to bound the queue
  options.default_deadline_ms = kDeadline.count();
  const auto model = start_model(session, options);

  std::atomic<int> good = 0, late = 0, refused = 0, other = 0;
  int sent = 0;
  for (const auto end = Clock::now() + milliseconds(1200); Clock::now() < end; std::this_thread::sleep_for(milliseconds(2)))
    for (int i = 0; i < 8; ++i, ++sent) {  // up to 4 a millisecond, where at most 0.8 can be computed
      const auto arrived = Clock::now();
      InferenceRequest request = request_of(1);
      request.arrived = arrived;
      model->infer(std::move(request), [&, arrived](const Result<InferenceResponse>& result) {
        if (result.ok()) ++(Clock::now() - arrived <= kDeadline + milliseconds(50) ? good : late);
        else ++(result.error().code == ErrorCode::kDeadlineExceeded ? refused : other);
      });
    }
  model->drain(std::chrono::seconds(30));

  EXPECT_EQ(good + late + refused + other, sent);
  EXPECT_EQ(other, 0);
  EXPECT_LE(late, good / 100) << "late by the time this thread was told; the slack is for a loaded machine";
  EXPECT_GT(refused, 0);
  const std::vector<int64_t> batches = session->batches();
  int64_t computed = 0;
  for (const int64_t rows : batches) computed += rows;
  EXPECT_GT(good, computed * 3 / 4) << "of what was computed, most was answered";
  EXPECT_GT(computed, static_cast<int64_t>(batches.size()) * 3) << "and computed in batches of nearly 4";
}

}  // namespace
}  // namespace headrace::serve
