// What every engine must do, run over each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/parallel.h"
#include "engines/models.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::ElementsAre;

class EveryEngine : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto engine = find_engine(GetParam());
    if (!engine) GTEST_SKIP() << "not run: " << engine.error().describe();
    engine_ = *engine;
  }
  const Engine* engine_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Engines, EveryEngine, ::testing::Values("ort", "ort-exact", "openvino", "reference"),
                         [](const auto& info) { return info.param == "ort-exact" ? std::string("ort_exact") : info.param; });

Tensor rows(std::vector<float> values) {
  const auto count = static_cast<int64_t>(values.size()) / 3;
  return Tensor::from<float>({count, 3}, values);
}

TEST_P(EveryEngine, ComputesWhatTheModelSays) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector<Tensor>{rows({1, 0, 0, 1, 1, 1})}, outputs));
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].dims(), (Dims{2, 2}));
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(11, 22, 19, 32));
}

TEST_P(EveryEngine, TellsTheSignature) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  const Signature& signature = (*session)->signature();
  ASSERT_EQ(signature.inputs.size(), 1u);
  EXPECT_EQ(signature.inputs[0].name, "x");
  EXPECT_EQ(signature.inputs[0].dtype, DType::kFloat32);
  EXPECT_FALSE(signature.inputs[0].shape.at(0).known());
  EXPECT_EQ(signature.inputs[0].shape.at(1).extent, 3);
  ASSERT_EQ(signature.outputs.size(), 1u);
  EXPECT_EQ(signature.outputs[0].name, "y");
}

TEST_P(EveryEngine, ComputesTheSameOnSeveralStreams) {
  SessionOptions options;
  options.streams = 2;
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()), options);
  ASSERT_OK(session);
  std::vector<std::vector<Tensor>> outputs(4);
  parallel_for(outputs.size(), 4, [&](size_t i) {
    for (int run = 0; run < 100; ++run) ASSERT_OK((*session)->run(std::vector<Tensor>{rows({1, 0, 0, 1, 1, 1})}, outputs[i]));
  });
  for (const auto& output : outputs) EXPECT_THAT(output[0].as<float>(), ElementsAre(11, 22, 19, 32));
}

TEST_P(EveryEngine, LoadsFromAFile) {
  const TemporaryFolder folder;
  write_file(folder / "model.onnx", bytes_of(gemm_model()));
  const auto session = engine_->load(folder / "model.onnx", {});
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector<Tensor>{rows({0, 0, 0})}, outputs));
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(10, 20));
}

TEST_P(EveryEngine, WritesRepeatedRunsIntoTheSameBuffer) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector<Tensor>{rows({1, 0, 0})}, outputs));
  const std::byte* first = outputs[0].bytes().data();
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK((*session)->run(std::vector<Tensor>{rows({0, 1, 0})}, outputs));
    EXPECT_EQ(outputs[0].bytes().data(), first);
  }
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(13, 24));
}

TEST_P(EveryEngine, LeavesResultsAloneThatTheCallerKept) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  for (int i = 0; i < 2; ++i) ASSERT_OK((*session)->run(std::vector<Tensor>{rows({1, 0, 0})}, outputs));
  const Tensor kept = outputs[0];
  ASSERT_OK((*session)->run(std::vector<Tensor>{rows({0, 1, 0})}, outputs));
  EXPECT_THAT(kept.as<float>(), ElementsAre(11, 22));
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(13, 24));
}

TEST_P(EveryEngine, TakesChangingBatchSizes) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  for (const int64_t batch : {1, 4, 1, 2, 4, 12, 1}) {
    std::vector<float> values(static_cast<size_t>(3 * batch), 1.0f);
    ASSERT_OK((*session)->run(std::vector<Tensor>{rows(std::move(values))}, outputs));
    ASSERT_EQ(outputs[0].dims(), (Dims{batch, 2}));
    for (int64_t row = 0; row < batch; ++row) EXPECT_EQ(outputs[0].as<float>()[static_cast<size_t>(2 * row + 1)], 32);
  }
}

// The number of output rows depends on the values: a buffer of the last run's size must not be trusted.
TEST_P(EveryEngine, TakesOutputsWhoseExtentsDependOnTheData) {
  ModelBuilder b;
  Value* y = b.node("NonZero", {b.input("x", {4})}, {}, "y");
  y->dtype = DType::kInt64;
  y->shape = Shape{{1, ""}, {-1, "count"}};
  const auto session = load_bytes(GetParam(), bytes_of(b.finish({y})));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<float>({4}, std::vector<float>{0, 1, 0, 0})}, outputs));
  EXPECT_THAT(outputs[0].as<int64_t>(), ElementsAre(1));
  ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<float>({4}, std::vector<float>{0, 1, 1, 1})}, outputs));
  EXPECT_THAT(outputs[0].as<int64_t>(), ElementsAre(1, 2, 3));
  ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<float>({4}, std::vector<float>{1, 0, 0, 1})}, outputs));
  EXPECT_THAT(outputs[0].as<int64_t>(), ElementsAre(0, 3));
}

TEST_P(EveryEngine, RunsFromSeveralThreadsAtOnce) {
  const auto session = load_bytes(GetParam(), bytes_of(conv_model()));
  ASSERT_OK(session);
  Random random(7);
  std::vector<Tensor> images, expected;
  for (int64_t i = 0; i < 4; ++i) {
    std::vector<Tensor> outputs;
    images.push_back(random.normal({1 + i % 2, 3, 8, 8}));
    ASSERT_OK((*session)->run(std::vector<Tensor>{images.back()}, outputs));
    expected.push_back(outputs[0]);
  }
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      std::vector<Tensor> outputs;
      for (int round = 0; round < 100; ++round)
        if (!(*session)->run(std::span(&images[i], 1), outputs) || !outputs[0].same_bits(expected[i])) ++wrong[i];
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(wrong, ElementsAre(0, 0, 0, 0));
}

TEST_P(EveryEngine, RefusesInputsThatDoNotFit) {
  const auto session = load_bytes(GetParam(), bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  EXPECT_ERROR((*session)->run(std::vector<Tensor>{Tensor::allocate(DType::kFloat64, {1, 3})}, outputs), "got float64[1, 3]");
  EXPECT_ERROR((*session)->run(std::vector<Tensor>{Tensor::allocate(DType::kFloat32, {1, 1, 3})}, outputs),
               "input 'x' wants float32[");
  EXPECT_ERROR((*session)->run(std::vector<Tensor>{}, outputs), "wants 1 input");
}

TEST_P(EveryEngine, RefusesWhatIsNotAModel) {
  const TemporaryFolder folder;
  write_file(folder / "text.onnx", "this is not a model");
  const auto text = engine_->load(folder / "text.onnx", {});
  EXPECT_ERROR(text, "text.onnx");
  EXPECT_EQ(text.error().code, ErrorCode::kInvalidModel);
  const auto missing = engine_->load(folder / "missing.onnx", {});
  EXPECT_ERROR(missing, "missing.onnx: there is no such file");
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_ERROR(engine_->load(folder.path(), {}), "is not a ");
  EXPECT_ERROR(engine_->load(std::string_view("rubbish"), {}), "could not load the model");
  EXPECT_ERROR(engine_->load(std::string_view(), {}), "could not load the model");
}

TEST_P(EveryEngine, KnowsItsVersion) { EXPECT_THAT(engine_->version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+.*")); }

TEST_P(EveryEngine, TakesAnyNumberOfThreads) {
  for (const int threads : {0, 1, 2, 3}) {
    SessionOptions options;
    options.threads = threads;
    options.spinning = threads == 2;
    options.memory_arena = threads != 3;
    const auto session = load_bytes(GetParam(), bytes_of(gemm_model()), options);
    ASSERT_OK(session);
    std::vector<Tensor> outputs;
    ASSERT_OK((*session)->run(std::vector<Tensor>{rows({1, 0, 0})}, outputs));
    EXPECT_THAT(outputs[0].as<float>(), ElementsAre(11, 22));
  }
  SessionOptions options;
  options.threads = -1;
  EXPECT_ERROR(load_bytes(GetParam(), bytes_of(gemm_model()), options), "threads is -1");
}

}  // namespace
}  // namespace headrace
