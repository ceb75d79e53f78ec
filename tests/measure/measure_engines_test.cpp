// Real engines in real workers: bench_test.cpp's main() makes this program its own worker.
#include "measure/measure_engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

using ::testing::Contains;
using ::testing::Not;

// y = Relu(x w), its batch fixed or (-1) dynamic.
Model model_of(int64_t batch) {
  testing::ModelBuilder b;
  Value* w = b.constant("w", Tensor::from(Dims{2, 2}, std::vector<float>{0.5f, 1, -1, 0.25f}));
  Value* y = b.node("Relu", {b.node("MatMul", {b.input("x", {batch, 2}), w})}, {}, "y");
  y->dtype = DType::kFloat32;
  y->shape = y->producer()->input(0)->shape = Shape{batch < 0 ? Dim{-1, "N"} : Dim{batch, {}}, Dim{2, {}}};
  return b.finish({y});
}

EngineRequest quick(const std::filesystem::path& model) {
  EngineRequest request;
  request.model = model;
  request.seconds = 0.02;
  return request;
}

TEST(MeasureEngines, ChoosesAmongThoseThatAreInstalled) {
  testing::TemporaryFolder folder;
  ASSERT_OK(write_onnx(model_of(-1), folder / "m.onnx"));
  const auto choice = measure_engines(quick(folder / "m.onnx"));
  ASSERT_OK(choice);
  EXPECT_THAT(candidate_engines(false), Contains(choice->engine));
  EXPECT_EQ(choice->machine, this_machine());
  EXPECT_EQ(choice->requirement, "60 dB against ort on random input");
  EXPECT_EQ(choice->candidates.front().engine, choice->engine);
  EXPECT_GT(choice->candidates.front().median_ms, 0);
  EXPECT_NE(choice->candidates.front().version, "");
  for (const EngineFigures& one : choice->candidates) EXPECT_NE(one.engine, "reference");
}

TEST(MeasureEngines, AFixedBatchIsMeasuredAsItIs) {
  testing::TemporaryFolder folder;
  ASSERT_OK(write_onnx(model_of(3), folder / "m.onnx"));
  const auto choice = measure_engines(quick(folder / "m.onnx"));
  ASSERT_OK(choice);
  EXPECT_EQ(choice->batch, 3);
}

TEST(MeasureEngines, AFileThatIsNoModelIsAnError) {
  testing::TemporaryFolder folder;
  testing::write_file(folder / "m.onnx", "not a model");
  EXPECT_ERROR(measure_engines(quick(folder / "m.onnx")), "m.onnx");
}

TEST(CandidateEngines, OrtExactOnlyWhereItDiffers) {
  EXPECT_THAT(candidate_engines(false), Not(Contains("ort-exact")));
  EXPECT_EQ(candidate_engines(true).front(), answer_rule(true).reference);
  EXPECT_EQ(candidate_engines(false).front(), "ort");
}

TEST(IsQuantized, BySpellingOfOps) {
  testing::ModelBuilder b;
  Value* x = b.input("x", {1, 4});
  Value* scale = b.constant("s", Tensor::from(Dims{}, std::vector<float>{0.1f}));
  EXPECT_TRUE(is_quantized(*b.finish({b.node("QuantizeLinear", {x, scale})}).graph));
  EXPECT_FALSE(is_quantized(*model_of(1).graph));
}

// The verdict is of answers, not of names: an engine that saturates is refused whatever its speed.
TEST(ChooseEngine, AFastEngineWithWrongAnswersIsNotTaken) {
  BenchResult good, fast;
  good.point.engine = answer_rule(true).reference;
  good.latency_ms.median = 4;
  good.outputs = {{"y", {1, 2}, 0, {1, -1}}};
  fast = good;
  fast.point.engine = "fast";
  fast.latency_ms.median = 1;
  fast.outputs.front().values = {1, -0.5};
  const std::vector<const BenchResult*> points{&good, &fast};
  const auto choice = choose_engine(points, true);
  ASSERT_OK(choice);
  EXPECT_EQ(choice->engine, good.point.engine);
  EXPECT_EQ(choice->requirement, "20 dB against " + good.point.engine + " on random input");
}

TEST(ChooseEngine, WithoutTheReferenceNothingIsComparedAndThatIsSaid) {
  BenchResult only;
  only.point.engine = "native";
  only.latency_ms.median = 4;
  const std::vector<const BenchResult*> points{&only};
  const auto choice = choose_engine(points, false);
  ASSERT_OK(choice);
  EXPECT_EQ(choice->requirement, "none: there was no ort to compare with");
}

}  // namespace
}  // namespace headrace
