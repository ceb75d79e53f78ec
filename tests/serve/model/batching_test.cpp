#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_session.h"

namespace headrace::serve {
namespace {

using ::testing::ElementsAre;

// A session that holds its first run until the test has queued what it wants.
struct Held {
  Gate gate;
  std::shared_ptr<FakeSession> session = std::make_shared<FakeSession>([this](std::span<const Tensor>) -> Status {
    gate.pass();
    return Ok{};
  });
  // Sends request `key` and waits until it runs.
  void occupy(Model& model, Answers& answers, int key) {
    model.infer(request_of(static_cast<float>(key)), answers.at(key));
    ASSERT_TRUE(gate.await_arrivals(1));
  }
};

ModelOptions batches_of(int64_t rows) {
  ModelOptions options;
  options.max_batch_size = rows;
  return options;
}

TEST(Batching, WhatWaitsRunsTogetherAndEachGetsItsRows) {
  Held held;
  Answers answers_;
  const auto model = start_model(held.session, batches_of(4));
  held.occupy(*model, answers_, 0);
  model->infer(request_of(1, 1), answers_.at(1));
  model->infer(request_of(2, 2), answers_.at(2));
  model->infer(request_of(3, 1), answers_.at(3));
  model->infer(request_of(4, 1), answers_.at(4));
  held.gate.open();
  ASSERT_TRUE(answers_.await(5));
  EXPECT_THAT(held.session->batches(), ElementsAre(1, 4, 1));
  for (int key = 0; key < 5; ++key) {
    ASSERT_TRUE(answers_[key].ok()) << answers_[key].error().describe();
    EXPECT_TRUE(answers(*answers_[key], static_cast<float>(key), key == 2 ? 2 : 1)) << key;
  }
  EXPECT_EQ(answers_[2]->timing.batch_size, 4);
  EXPECT_EQ(answers_[2]->model, "m");
  EXPECT_EQ(answers_[2]->version, "1");
}

TEST(Batching, ResponsesKeepTheirRowsWhileLaterBatchesRun) {
  Held held;
  Answers answers_;
  const auto model = start_model(held.session, batches_of(4));
  held.occupy(*model, answers_, 0);
  for (int key = 1; key < 41; ++key) model->infer(request_of(static_cast<float>(key)), answers_.at(key));
  held.gate.open();
  ASSERT_TRUE(answers_.await(41));
  for (int key = 0; key < 41; ++key) EXPECT_TRUE(answers(*answers_[key], static_cast<float>(key))) << key;
}

TEST(Batching, PrioritiesGoFirst) {
  Held held;
  Answers answers_;
  const auto model = start_model(held.session, batches_of(1));
  held.occupy(*model, answers_, 0);
  int key = 0;
  for (const int priority : {3, 0, 1, 2}) {
    InferenceRequest request = request_of(1);
    request.priority = priority;
    model->infer(std::move(request), answers_.at(++key));
  }
  held.gate.open();
  ASSERT_TRUE(answers_.await(5));
  EXPECT_THAT(answers_.order(), ElementsAre(0, 3, 2, 4, 1));
}

TEST(Batching, OtherExtentsDoNotMix) {
  Held held;
  Answers answers_;
  const auto model = start_model(held.session, batches_of(4));
  held.occupy(*model, answers_, 0);
  model->infer(request_of(1, 1, 2), answers_.at(1));
  model->infer(request_of(2, 1, 9), answers_.at(2));
  model->infer(request_of(3, 1, 2), answers_.at(3));
  held.gate.open();
  ASSERT_TRUE(answers_.await(4));
  EXPECT_THAT(held.session->batches(), ElementsAre(1, 2, 1));
  EXPECT_TRUE(answers(*answers_[2], 2, 1, 9));
}

TEST(Batching, ARequestWaitsForOthersOnlyWhereToldTo) {
  const auto session = std::make_shared<FakeSession>();
  ModelOptions options = batches_of(3);
  options.max_queue_delay_us = 60'000'000;
  Answers answers_;
  const auto model = start_model(session, options);
  model->infer(request_of(1), answers_.at(1));
  model->infer(request_of(2), answers_.at(2));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(answers_.count(), 0U);
  model->infer(request_of(3), answers_.at(3));  // the batch is full
  ASSERT_TRUE(answers_.await(3));
  EXPECT_THAT(session->batches(), ElementsAre(3));
}

TEST(Batching, AfterTheDelayItRunsAlone) {
  const auto session = std::make_shared<FakeSession>();
  ModelOptions options = batches_of(3);
  options.max_queue_delay_us = 1000;
  const auto model = start_model(session, options);
  const Result<InferenceResponse> response = infer(*model, request_of(1));
  ASSERT_TRUE(response.ok());
  EXPECT_GE(response->timing.queue_ns, 1'000'000);
}

TEST(Batching, PreferredSizesStartAtOnce) {
  const auto session = std::make_shared<FakeSession>();
  ModelOptions options = batches_of(8);
  options.max_queue_delay_us = 60'000'000;
  options.preferred_batch_sizes = {2};
  Answers answers_;
  const auto model = start_model(session, options);
  model->infer(request_of(1), answers_.at(1));
  model->infer(request_of(2), answers_.at(2));
  ASSERT_TRUE(answers_.await(2));
  EXPECT_THAT(session->batches(), ElementsAre(2));
}

TEST(Batching, InstancesRunSideBySide) {
  Held held;
  Answers answers_;
  ModelOptions options = batches_of(1);
  options.instances = 2;
  const auto model = start_model(held.session, options);
  model->infer(request_of(1), answers_.at(1));
  model->infer(request_of(2), answers_.at(2));
  EXPECT_TRUE(held.gate.await_arrivals(2));
  held.gate.open();
  EXPECT_TRUE(answers_.await(2));
}

// Its output says of all rows at once what cannot be divided.
class SumSession : public Session {
 public:
  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    if (runs_++ == 0) gate.pass();
    float sum = 0;
    for (const float x : inputs[0].as<float>()) sum += x;
    outputs = {Tensor::scalar(sum)};
    return Ok{};
  }
  Gate gate;

 private:
  Signature signature_{rows_signature().inputs, {{"sum", DType::kFloat32, {}}}};
  std::atomic<int> runs_ = 0;
};

TEST(Batching, OutputsThatCannotBeDividedAreComputedOneByOne) {
  const auto session = std::make_shared<SumSession>();
  Answers answers_;
  const auto model = start_model(session, batches_of(4));
  model->infer(request_of(1), answers_.at(0));
  ASSERT_TRUE(session->gate.await_arrivals(1));
  for (int key = 1; key < 4; ++key) model->infer(request_of(static_cast<float>(key)), answers_.at(key));
  session->gate.open();
  ASSERT_TRUE(answers_.await(4));
  for (int key = 1; key < 4; ++key)
    EXPECT_EQ(answers_[key]->outputs[0].tensor.as<float>()[0], static_cast<float>(2 * key)) << key;
}

// As a detector: each row gives as many boxes as its number says, all of them behind one another.
class BoxSession : public Session {
 public:
  const Signature& signature() const override { return signature_; }
  Status run(std::span<const Tensor> inputs, std::vector<Tensor>& outputs) override {
    if (runs_++ == 0) gate.pass();
    std::vector<float> boxes;
    for (const float x : inputs[0].as<float>()) boxes.insert(boxes.end(), static_cast<size_t>(x), x);
    outputs = {Tensor::from<float>({static_cast<int64_t>(boxes.size())}, boxes)};
    return Ok{};
  }
  Gate gate;

 private:
  Signature signature_{{{"x", DType::kFloat32, {Dim{-1, "batch"}}}}, {{"boxes", DType::kFloat32, {Dim{-1, "count"}}}}};
  std::atomic<int> runs_ = 0;
};

TEST(Batching, RowsThatAreOnlyByAccidentAsManyAsTheBatchAreNotMixedUp) {
  const auto session = std::make_shared<BoxSession>();
  const auto model = start_model(session, batches_of(4));
  const auto request = [](float boxes) {
    InferenceRequest request;
    request.inputs.push_back({"x", Tensor::from<float>({1}, std::vector<float>{boxes})});
    return request;
  };
  Answers answers_;
  model->infer(request(1), answers_.at(0));
  ASSERT_TRUE(session->gate.await_arrivals(1));
  model->infer(request(0), answers_.at(1));
  model->infer(request(2), answers_.at(2));
  session->gate.open();
  ASSERT_TRUE(answers_.await(3));
  EXPECT_EQ(answers_[1]->outputs[0].tensor.dims(), Dims{0});
  EXPECT_EQ(answers_[2]->outputs[0].tensor.dims(), Dims{2});
}

TEST(Batching, AModelWithoutABatchRunsOneByOne) {
  class Fixed : public SumSession {
   public:
    const Signature& signature() const override { return fixed_; }

   private:
    Signature fixed_{{{"x", DType::kFloat32, {Dim{1, ""}, Dim{2, ""}}}}, {{"sum", DType::kFloat32, {}}}};
  };
  const auto session = std::make_shared<Fixed>();
  session->gate.open();
  const auto model = start_model(session, batches_of(4));
  EXPECT_EQ(model->config().max_batch_size, 0);
  EXPECT_EQ(infer(*model, request_of(3))->outputs[0].tensor.as<float>()[0], 6);
  EXPECT_EQ(infer(*model, request_of(3, 2)).error().code, ErrorCode::kInvalidArgument);
}

TEST(Batching, WhatDoesNotFitTheModelIsNotQueued) {
  const auto session = std::make_shared<FakeSession>();
  const auto model = start_model(session, batches_of(4));
  InferenceRequest request = request_of(1);
  request.inputs[0].name.append("z");
  const Result<InferenceResponse> response = infer(*model, std::move(request));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(response.error().context, "model 'm'");
  EXPECT_TRUE(session->batches().empty());
}

}  // namespace
}  // namespace headrace::serve
