#include <gtest/gtest.h>

#include <future>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Held {
  Gate gate;
  Answers answers;
  std::shared_ptr<Model> model = start_model(std::make_shared<FakeSession>([this](std::span<const Tensor>) -> Status {
    gate.pass();
    return Ok{};
  }));
  Held() {
    for (int key = 0; key < 3; ++key) model->infer(request_of(static_cast<float>(key)), answers.at(key));
    EXPECT_TRUE(gate.await_arrivals(1));
  }
};

TEST(Drain, LetsWhatIsThereFinishAndRefusesTheRest) {
  Held held;
  auto drained = std::async(std::launch::async, [&] { held.model->drain(seconds(30)); });
  ASSERT_TRUE(eventually([&] { return !held.model->ready().ok(); }));
  held.model->infer(request_of(3), held.answers.at(3));
  EXPECT_EQ(held.answers.error(3), ErrorCode::kUnavailable);
  held.gate.open();
  drained.get();
  EXPECT_EQ(held.answers.count(), 4U);
  for (int key = 0; key < 3; ++key) EXPECT_EQ(held.answers.error(key), std::nullopt);
  held.model->drain(seconds(30));  // once more changes nothing
}

TEST(Drain, AnswersEverythingWhenPatienceIsOver) {
  Held held;
  auto drained = std::async(std::launch::async, [&] { held.model->drain(milliseconds(1)); });
  ASSERT_TRUE(held.answers.await(3)) << "though the engine has not come back";
  for (int key = 0; key < 3; ++key) EXPECT_EQ(held.answers.error(key), ErrorCode::kUnavailable);
  held.gate.open();
  drained.get();
}

// A request that would wait ten minutes for others to share its batch.
struct Waiting {
  Answers answers;
  std::shared_ptr<Model> model = start_model(std::make_shared<FakeSession>(), options());
  Waiting() { model->infer(request_of(1), answers.at(0)); }
  static ModelOptions options() {
    ModelOptions options;
    options.max_queue_delay_us = 600'000'000;
    return options;
  }
};

TEST(Drain, DoesNotWaitForFullerBatches) {
  Waiting waiting;
  waiting.model->drain(seconds(30));
  ASSERT_EQ(waiting.answers.count(), 1U);
  EXPECT_EQ(waiting.answers.error(0), std::nullopt);
}

TEST(Drain, InAHurryNothingWaitsForFullerBatches) {
  Waiting waiting;
  waiting.model->hurry();
  ASSERT_TRUE(waiting.answers.await(1));
  EXPECT_EQ(waiting.answers.error(0), std::nullopt);
  waiting.model->infer(request_of(2), waiting.answers.at(1));
  ASSERT_TRUE(waiting.answers.await(2)) << "nor does what comes later";
  EXPECT_TRUE(waiting.model->ready().ok());
}

TEST(Drain, AnAnswerMayLetGoOfTheModel) {
  auto model = start_model(std::make_shared<FakeSession>());
  std::promise<void> done;
  Model& alias = *model;
  alias.infer(request_of(1), [&, held = std::move(model)](const Result<InferenceResponse>& result) mutable {
    EXPECT_TRUE(result.ok());
    held.reset();  // on a thread of the model's own
    done.set_value();
  });
  EXPECT_EQ(done.get_future().wait_for(seconds(30)), std::future_status::ready);
}

TEST(Drain, ManyModelsComeAndGo) {
  for (int i = 0; i < 50; ++i) {
    Answers answers_;
    {
      const auto model = start_model(std::make_shared<FakeSession>());
      for (int key = 0; key < 5; ++key) model->infer(request_of(1), answers_.at(key));
    }
    EXPECT_EQ(answers_.count(), 5U);
  }
}

}  // namespace
}  // namespace headrace::serve
