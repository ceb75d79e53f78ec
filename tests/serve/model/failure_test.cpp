#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using ::testing::HasSubstr;

constexpr float kBad = -1;

bool holds_bad(std::span<const Tensor> inputs) {
  const std::span<const float> values = inputs[0].as<float>();
  return std::ranges::find(values, kBad) != values.end();
}

// Runs a batch of three, the one in the middle bad; `fail` is what the engine does with it.
void check_neighbours(const std::function<Status()>& fail, const std::string& message) {
  Gate gate;
  const auto session = std::make_shared<FakeSession>([&](std::span<const Tensor> inputs) -> Status {
    gate.pass();
    return holds_bad(inputs) ? fail() : Ok{};
  });
  Answers answers_;
  const auto model = start_model(session);
  model->infer(request_of(0), answers_.at(0));
  ASSERT_TRUE(gate.await_arrivals(1));
  model->infer(request_of(1, 2), answers_.at(1));
  model->infer(request_of(kBad), answers_.at(2));
  model->infer(request_of(3), answers_.at(3));
  gate.open();
  ASSERT_TRUE(answers_.await(4));
  EXPECT_TRUE(answers_[1].ok() && answers(*answers_[1], 1, 2));
  EXPECT_TRUE(answers_[3].ok() && answers(*answers_[3], 3));
  ASSERT_EQ(answers_.error(2), ErrorCode::kInternal);
  EXPECT_THAT(answers_[2].error().message, HasSubstr(message));
  EXPECT_TRUE(model->ready().ok());
  const ModelStatistics statistics = model->statistics();
  EXPECT_EQ(statistics.success.count, 3U);
  EXPECT_EQ(statistics.fail.count, 1U);
}

TEST(Failure, OfOneRequestDoesNotFailItsNeighbours) {
  check_neighbours([]() -> Status { return io_error("out of luck"); }, "out of luck");
}

TEST(Failure, ExceptionsAreCaught) {
  check_neighbours([]() -> Status { throw std::runtime_error("thrown"); }, "thrown");
  check_neighbours([]() -> Status { throw 1; }, "no exception");
}

TEST(Failure, OfOneModelDoesNotTouchAnother) {
  const auto budget = CpuBudget::create(1);
  const auto broken = start_model(std::make_shared<FakeSession>([](std::span<const Tensor>) -> Status { throw 1; }), {}, budget);
  const auto sound = start_model(std::make_shared<FakeSession>(), {}, budget);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(infer(*broken, request_of(1)).error().code, ErrorCode::kInternal);
    EXPECT_TRUE(infer(*sound, request_of(1)).ok());
  }
}

TEST(Failure, ShapesThatOnlyTheEngineCanJudgeAreTheRequestsFault) {
  const auto model = start_model(std::make_shared<FakeSession>([](std::span<const Tensor> inputs) -> Status {
    return inputs[0].dims()[1] == 7 ? Status(invalid_data("7 is odd")) : Ok{};
  }));
  EXPECT_EQ(infer(*model, request_of(1, 1, 7)).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(infer(*model, request_of(1, 1, 8)).ok());
}

TEST(Failure, OutputsThatWereNotFilledAreAnError) {
  class Lazy : public FakeSession {
   public:
    Status run(std::span<const Tensor>, std::vector<Tensor>& outputs) override {
      outputs.assign(1, Tensor());
      return Ok{};
    }
  };
  const auto model = start_model(std::make_shared<Lazy>());
  EXPECT_EQ(infer(*model, request_of(1)).error().code, ErrorCode::kInternal);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose allocators end the process where others refuse
// Rows of 2^54 + 1 bytes, which nobody looks at: the second does not begin at a multiple of 8, so that it has to be copied.
class Immense : public Session {
 public:
  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    if (runs_++ == 0) gate.pass();
    constexpr int64_t kRow = (int64_t{1} << 54) + 1;
    const int64_t rows = inputs[0].dims()[0];
    const auto* nowhere = reinterpret_cast<const std::byte*>(uintptr_t{64});
    HEADRACE_TRY(Tensor output, Tensor::wrap(DType::kUint8, {rows, kRow}, nullptr, nowhere, static_cast<size_t>(rows * kRow)));
    outputs = {std::move(output)};
    return Ok{};
  }
  Gate gate;

 private:
  Signature signature_{rows_signature().inputs, {{"y", DType::kUint8, {Dim{-1, "batch"}, Dim{}}}}};
  std::atomic<int> runs_ = 0;
};

TEST(Failure, AnAnswerThereIsNoMemoryForFailsItsRequestAlone) {
  const auto session = std::make_shared<Immense>();
  Answers answers_;
  const auto model = start_model(session);
  model->infer(request_of(0), answers_.at(0));
  ASSERT_TRUE(session->gate.await_arrivals(1));
  model->infer(request_of(1), answers_.at(1));
  model->infer(request_of(2), answers_.at(2));
  session->gate.open();
  ASSERT_TRUE(answers_.await(3));
  EXPECT_EQ(answers_.error(1), std::nullopt);
  EXPECT_EQ(answers_.error(2), ErrorCode::kInternal);
}
#endif

TEST(Failure, ACallbackThatThrowsEndsNothing) {
  const auto model = start_model(std::make_shared<FakeSession>());
  std::atomic<int> called = 0;
  for (int i = 0; i < 20; ++i)
    model->infer(request_of(1), [&](const Result<InferenceResponse>&) {
      ++called;
      throw std::runtime_error("of the front end");
    });
  EXPECT_TRUE(eventually([&] { return called == 20; }));
  EXPECT_TRUE(infer(*model, request_of(1)).ok());
}

}  // namespace
}  // namespace headrace::serve
