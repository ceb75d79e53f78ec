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

TEST(Drain, DoesNotWaitForFullerBatches) {
  ModelOptions options;
  options.max_queue_delay_us = 600'000'000;
  Answers answers_;
  const auto model = start_model(std::make_shared<FakeSession>(), options);
  model->infer(request_of(1), answers_.at(0));
  model->drain(seconds(30));
  ASSERT_EQ(answers_.count(), 1U);
  EXPECT_EQ(answers_.error(0), std::nullopt);
}

TEST(Drain, InAHurryNothingWaitsForFullerBatches) {
  ModelOptions options;
  options.max_queue_delay_us = 600'000'000;
  Answers answers_;
  const auto model = start_model(std::make_shared<FakeSession>(), options);
  model->infer(request_of(1), answers_.at(0));
  model->hurry();
  ASSERT_TRUE(answers_.await(1));
  EXPECT_EQ(answers_.error(0), std::nullopt);
  model->infer(request_of(2), answers_.at(1));
  ASSERT_TRUE(answers_.await(2)) << "nor does what comes later";
  EXPECT_TRUE(model->ready().ok());
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
