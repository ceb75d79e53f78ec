#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/evaluate.h"
#include "engines/models.h"
#include "engines/ort/ort_engine.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::ElementsAre;

class Ort : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto there = ort_engine().available(); !there) GTEST_SKIP() << "not run: " << there.error().describe();
  }
};

TEST_F(Ort, KeepsSymbolicDimensions) {
  const auto session = load_bytes("ort", bytes_of(gemm_model()));
  ASSERT_OK(session);
  EXPECT_EQ(to_string((*session)->signature().inputs[0].shape), "[N, 3]");
  EXPECT_EQ(to_string((*session)->signature().outputs[0].shape), "[N, 2]");
}

TEST_F(Ort, PassesStringsInAndOut) {
  ModelBuilder b;
  Value* y = b.node("Identity", {b.input("x", {-1}, DType::kString)}, {}, "y");
  y->dtype = DType::kString;
  y->shape = Shape{{-1, "N"}};
  const auto session = load_bytes("ort", bytes_of(b.finish({y})));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  for (int round = 0; round < 2; ++round) {
    const std::string third("with\0zero", 9);
    ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::of_strings({3}, {"one", "", third})}, outputs));
    EXPECT_THAT(outputs[0].strings(), ElementsAre("one", "", third));
  }
}

TEST_F(Ort, TakesTensorsWithoutElements) {
  const auto session = load_bytes("ort", bytes_of(gemm_model()));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::allocate(DType::kFloat32, {0, 3})}, outputs));
    EXPECT_EQ(outputs[0].dims(), (Dims{0, 2}));
  }
}

TEST_F(Ort, SavesTheOptimizedModelAndAProfile) {
  const TemporaryFolder folder;
  SessionOptions options;
  options.save_optimized = folder / "optimized.onnx";
  options.optimization = GraphOptimization::kExtended;  // beyond it the layout of Conv depends on the CPU
  options.profile = folder / "profile";
  {
    const auto session = load_bytes("ort", bytes_of(conv_model()), options);
    ASSERT_OK(session);
    std::vector<Tensor> outputs;
    ASSERT_OK((*session)->run(std::vector<Tensor>{Random().normal({1, 3, 8, 8})}, outputs));
  }
  EXPECT_THAT(read_file(options.save_optimized), ::testing::HasSubstr("FusedConv"));
  int profiles = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    profiles += entry.path().filename().string().starts_with("profile") ? 1 : 0;
  EXPECT_EQ(profiles, 1);
}

TEST_F(Ort, OptimizesNothingWhenAsked) {
  const TemporaryFolder folder;
  SessionOptions options;
  options.save_optimized = folder / "optimized.onnx";
  options.optimization = GraphOptimization::kNone;
  ASSERT_OK(load_bytes("ort", bytes_of(conv_model()), options));
  EXPECT_THAT(read_file(options.save_optimized), ::testing::Not(::testing::HasSubstr("FusedConv")));
}

TEST_F(Ort, NamesTheProvidersItHas) {
  SessionOptions options;
  options.provider = "quantum";
  const auto session = load_bytes("ort", bytes_of(gemm_model()), options);
  EXPECT_ERROR(session, "no execution provider 'quantum'; it has: ");
  EXPECT_THAT(session.error().message, ::testing::HasSubstr("cpu"));
  EXPECT_EQ(session.error().code, ErrorCode::kUnavailable);
}

TEST_F(Ort, RefusesProviderLibrariesThatAreNone) {
  const TemporaryFolder folder;
  SessionOptions options;
  options.provider = (folder / "missing.so").string();
  EXPECT_ERROR(load_bytes("ort", bytes_of(gemm_model()), options), "there is no execution provider library");
  write_file(folder / "text.so", "text");
  options.provider = (folder / "text.so").string();
  EXPECT_ERROR(load_bytes("ort", bytes_of(gemm_model()), options), "could not load");
}

TEST_F(Ort, RefusesOptionsForTheCpuProvider) {
  SessionOptions options;
  options.provider_options["device_id"] = "1";
  EXPECT_ERROR(load_bytes("ort", bytes_of(gemm_model()), options), "takes no options ('device_id' was given)");
}

TEST_F(Ort, ReportsAFailureWhileRunning) {
  ModelBuilder b;
  Value* data = b.constant("data", Tensor::from<float>({2}, std::vector<float>{1, 2}));
  Value* y = b.node("Gather", {data, b.input("i", {1}, DType::kInt64)}, {}, "y");
  y->dtype = DType::kFloat32;
  const auto session = load_bytes("ort", bytes_of(b.finish({y})));
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<int64_t>({1}, std::vector<int64_t>{1})}, outputs));
  EXPECT_ERROR((*session)->run(std::vector<Tensor>{Tensor::from<int64_t>({1}, std::vector<int64_t>{5})}, outputs),
               "ONNX Runtime could not run the model");
  ASSERT_OK((*session)->run(std::vector<Tensor>{Tensor::from<int64_t>({1}, std::vector<int64_t>{0})}, outputs));
  EXPECT_THAT(outputs[0].as<float>(), ElementsAre(1));
}

TEST_F(Ort, EvaluatesSingleNodes) {
  ModelBuilder b;
  Value* a = b.constant("a", Tensor::from<float>({2}, std::vector<float>{1, 2}));
  Value* sum = b.node("Add", {a, a});
  const Model model = b.finish({sum});
  const auto outputs = constant_evaluator()(model, *model.graph->nodes()[0]);
  ASSERT_OK(outputs);
  EXPECT_THAT(outputs->at(0).as<float>(), ElementsAre(2, 4));
}

TEST_F(Ort, EvaluatesNodesWithLargeConstantsAndLeftOutOperands) {
  ModelBuilder b;
  Value* data = b.constant("data", Random().uniform({1000}, -3, 3));
  Value* top = b.constant("top", Tensor::scalar(1.0f));
  const Model model = b.finish({b.node("Clip", {data, nullptr, top})});
  const auto outputs = constant_evaluator()(model, *model.graph->nodes()[0]);
  ASSERT_OK(outputs);
  for (size_t i = 0; i < 1000; ++i) ASSERT_EQ(outputs->at(0).as<float>()[i], std::min(1.0f, data->constant().as<float>()[i]));
}

TEST_F(Ort, SaysWhichNodeCannotBeEvaluated) {
  ModelBuilder b;
  Value* a = b.constant("a", Tensor::from<float>({2}, std::vector<float>{1, 2}));
  Value* c = b.constant("c", Tensor::from<float>({3}, std::vector<float>{1, 2, 3}));
  const Model model = b.finish({b.node("Add", {a, c}, {}, "sum")});
  EXPECT_ERROR(constant_evaluator()(model, *model.graph->nodes()[0]), "evaluating Add 'sum'");
}

}  // namespace
}  // namespace headrace
