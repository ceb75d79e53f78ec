// Benches of real models in real workers: this test program is its own worker.
#include "measure/bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/cpu.h"
#include "support/test_support.h"
#include "writers/onnx/write.h"

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "bench-worker")
    return headrace::bench_worker(std::atoi(argv[2]), std::atoi(argv[3]));
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}

namespace headrace {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Bench : public ::testing::Test {
 protected:
  // y = Relu(x w) with a batch that is fixed or (-1) dynamic.
  std::filesystem::path model(const std::string& name, int64_t batch, float weight = 0.5f) {
    testing::ModelBuilder b;
    Value* w = b.constant("w", Tensor::from(Dims{2, 2}, std::vector<float>{weight, 1, -1, 0.25f}));
    Value* y = b.node("Relu", {b.node("MatMul", {b.input("x", {batch, 2}), w})}, {}, "y");
    y->dtype = DType::kFloat32;
    y->shape = y->producer()->input(0)->shape = Shape{batch < 0 ? Dim{-1, "N"} : Dim{batch, {}}, Dim{2, {}}};
    const auto written = write_onnx(b.finish({y}), folder_ / name);
    EXPECT_TRUE(written.ok());
    return folder_ / name;
  }

  BenchCase point(const std::filesystem::path& path, const std::string& engine = "ort") {
    BenchCase one;
    one.model = path;
    one.engine = engine;
    return one;
  }

  static BenchOptions quick() {
    BenchOptions options;
    options.seconds = 0.02;
    options.warmup_seconds = 0.001;
    options.rounds = 2;
    return options;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Bench, MeasuresEnginesAndLoads) {
  const auto path = model("dynamic.onnx", -1);
  BenchCase loaded = point(path);
  loaded.batch = 4;
  loaded.clients = 3;
  loaded.sessions = 2;
  int64_t last = 0, total = 0;
  const Progress progress([&](std::string_view, int64_t done, int64_t all) { last = done, total = all; });
  const auto results = bench({point(path), point(path, "ort-exact"), loaded}, quick(), progress);
  ASSERT_OK(results);
  ASSERT_EQ(results->size(), 3u);
  for (const BenchResult& result : *results) {
    EXPECT_EQ(result.error, "");
    EXPECT_GE(result.latency_ms.count, 2u);
    EXPECT_GT(result.latency_ms.min, 0);
    EXPECT_LE(result.latency_ms.min, result.latency_ms.median);
    EXPECT_GT(result.throughput_per_s, 0);
    EXPECT_GT(result.peak_rss_bytes, uint64_t{1} << 20);
    EXPECT_GT(result.load_ms, 0);
    EXPECT_EQ(result.isa, isa_name(cpu_info()));
    EXPECT_NE(result.engine_version, "");
    EXPECT_EQ(result.round_min_ms.size(), static_cast<size_t>(quick().rounds));
    EXPECT_DOUBLE_EQ(*std::min_element(result.round_min_ms.begin(), result.round_min_ms.end()), result.latency_ms.min);
    EXPECT_FALSE(result.samples_ms.empty());
    EXPECT_LE(result.samples_ms.size(), 2000u);
  }
  EXPECT_EQ(results->at(2).point, loaded);
  EXPECT_TRUE(results->at(1).exact);
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, 6);
}

TEST_F(Bench, KeepsFailuresToTheirPoint) {
  const auto good = model("good.onnx", -1);
  BenchCase wrong_batch = point(model("fixed.onnx", 1));
  wrong_batch.batch = 8;
  const auto results = bench({point(good), wrong_batch, point(folder_ / "none.onnx"), point(good, "abacus")}, quick());
  ASSERT_OK(results);
  EXPECT_EQ(results->at(0).error, "");
  EXPECT_THAT(results->at(1).error, AllOf(HasSubstr("the model's batch is fixed: input 'x' is [1, 2], batch 8 was asked for"),
                                          HasSubstr("fixed.onnx on ort")));
  EXPECT_THAT(results->at(2).error, AllOf(HasSubstr("none.onnx"), HasSubstr("no such file")));
  EXPECT_THAT(results->at(3).error, HasSubstr("there is no engine 'abacus'"));
}

TEST_F(Bench, MeasuresAFixedBatchAtThatBatch) {
  BenchCase eight = point(model("eight.onnx", 8));
  eight.batch = 8;
  const auto results = bench({eight}, quick());
  ASSERT_OK(results);
  EXPECT_EQ(results->front().error, "");
}

TEST_F(Bench, RefusesToTimeNan) {
  const auto results = bench({point(model("nan.onnx", -1, std::numeric_limits<float>::infinity()))}, quick());
  ASSERT_OK(results);
  EXPECT_THAT(results->front().error, AllOf(HasSubstr("checking outputs"), HasSubstr("NaN or infinite")));
}

}  // namespace
}  // namespace headrace
