#include <gtest/gtest.h>

#include "fake_session.h"

namespace headrace::serve {
namespace {

// Requests of this value hang until the gate opens.
constexpr float kHangs = -1;

struct Hanging {
  Gate gate;
  std::shared_ptr<FakeSession> session = std::make_shared<FakeSession>([this](std::span<const Tensor> inputs) -> Status {
    if (inputs[0].as<float>()[0] == kHangs) gate.pass();
    return Ok{};
  });
  std::shared_ptr<CpuBudget> budget = CpuBudget::create(2);
  Answers answers;
  std::shared_ptr<Model> model;

  explicit Hanging(int instances) {
    ModelOptions options;
    options.hang_seconds = 1;
    options.instances = instances;
    model = start_model(session, options, budget);
  }
};

TEST(Hang, IsAnsweredAndTheInstanceServesAgainWhenItComesBack) {
  Hanging hanging(1);
  hanging.model->infer(request_of(kHangs), hanging.answers.at(0));
  ASSERT_TRUE(hanging.gate.await_arrivals(1));
  hanging.model->infer(request_of(1), hanging.answers.at(1));  // waits behind it
  ASSERT_TRUE(hanging.answers.await(2));
  EXPECT_EQ(hanging.answers.error(0), ErrorCode::kUnavailable);
  EXPECT_EQ(hanging.answers.error(1), ErrorCode::kUnavailable) << "no instance is left to run it";
  EXPECT_NE(hanging.answers[0].error().message.find("has not come back for 1 s"), std::string::npos);
  EXPECT_FALSE(hanging.model->ready().ok());
  EXPECT_EQ(infer(*hanging.model, request_of(2)).error().code, ErrorCode::kUnavailable);
  const auto other = hanging.budget->add_client();
  EXPECT_TRUE(hanging.budget->try_acquire(other, 2)) << "its CPUs are free again";
  hanging.budget->release(other, 2, 0);

  hanging.gate.open();
  EXPECT_TRUE(eventually([&] { return hanging.model->ready().ok(); }));
  const Result<InferenceResponse> response = infer(*hanging.model, request_of(3));
  EXPECT_TRUE(response.ok() && answers(*response, 3));
  EXPECT_EQ(hanging.answers.count(), 2U) << "the late result was dropped";
}

TEST(Hang, OfOneInstanceLeavesTheOthersServing) {
  Hanging hanging(2);
  hanging.model->infer(request_of(kHangs), hanging.answers.at(0));
  ASSERT_TRUE(hanging.answers.await(1));
  EXPECT_FALSE(hanging.model->ready().ok());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(infer(*hanging.model, request_of(1)).ok());
  hanging.gate.open();
  EXPECT_TRUE(eventually([&] { return hanging.model->ready().ok(); }));
}

TEST(Hang, DoesNotHoldUpTheEnd) {
  const auto gate = std::make_shared<Gate>();
  const auto session = std::make_shared<FakeSession>([gate](std::span<const Tensor>) -> Status {
    gate->pass();
    return Ok{};
  });
  std::weak_ptr<FakeSession> alive = session;
  Answers answers_;
  {
    ModelOptions options;
    options.hang_seconds = 1;
    const auto model = start_model(session, options);
    model->infer(request_of(1), answers_.at(0));
    ASSERT_TRUE(gate->await_arrivals(1));
  }
  ASSERT_TRUE(answers_.await(1));
  EXPECT_EQ(answers_.error(0), ErrorCode::kUnavailable);
  gate->open();
  EXPECT_TRUE(eventually([&] { return alive.use_count() <= 1; })) << "what the thread left behind is let go when it comes back";
}

}  // namespace
}  // namespace headrace::serve
