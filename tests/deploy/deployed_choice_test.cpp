#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/pipeline.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

Variant variant(const std::string& engine, const std::string& precision, double median, int threads = 1) {
  Variant made;
  made.name = (precision == "fp32" ? "FP32, " : "INT8, ") + engine + ", " + std::to_string(threads);
  made.precision = precision;
  made.engine = engine;
  made.engine_version = "1." + std::to_string(threads);
  made.threads = threads;
  made.latency_ms.median = median;
  made.latency_ms.count = 10;
  return made;
}

const EngineFigures& figures(const EngineChoice& choice, const std::string& engine) {
  static const EngineFigures none;
  for (const EngineFigures& one : choice.candidates)
    if (one.engine == engine) return one;
  ADD_FAILURE() << "no candidate " << engine;
  return none;
}

TEST(DeployedChoice, TheRecommendedVersionsEngineWithTheOthersOfItsSetting) {
  DeployReport report;
  report.cpu_name = "a CPU";
  report.cpus = 4;
  report.variants = {variant("torch", "int8", 0.1), variant("ort", "fp32", 20),     variant("ort", "int8", 5),
                     variant("native", "int8", 3),  variant("openvino", "int8", 2), variant("ort", "int8", 4, 2)};
  const Losses losses{{"INT8, ort, 1", {0.5, "top-1"}},
                      {"INT8, ort, 2", {0.5, "top-1"}},
                      {"INT8, native, 1", {0.5, "top-1"}},
                      {"INT8, openvino, 1", {3, "top-1"}}};
  ASSERT_OK(choose(report, losses, 2));
  EXPECT_EQ(report.recommended, "INT8, native, 1");
  const auto choice = deployed_choice(report, losses, 2, 1);
  ASSERT_OK(choice);
  EXPECT_EQ(choice->engine, "native");
  EXPECT_EQ(choice->machine.cpu, "a CPU");
  EXPECT_EQ(choice->machine.cpus, 4);
  EXPECT_EQ(choice->threads, 1);
  EXPECT_EQ(choice->requirement, "a loss of at most 2 points (--max-drop)");
  EXPECT_EQ(figures(*choice, "native").accuracy, "0.5 points of top-1");
  EXPECT_EQ(figures(*choice, "native").version, "1.1");
  EXPECT_EQ(figures(*choice, "ort").median_ms, 5);  // of this setting, not of two threads, and not of FP32
  EXPECT_EQ(figures(*choice, "openvino").refused, "INT8 costs 3.0 points of top-1, and 2 are allowed (--max-drop)");
  for (const EngineFigures& one : choice->candidates) EXPECT_NE(one.engine, "torch");  // measured elsewhere
}

TEST(DeployedChoice, AFailedEngineIsRefusedWithItsError) {
  DeployReport report;
  report.variants = {variant("ort", "fp32", 20), variant("native", "fp32", 1)};
  report.variants[1].error = "no such layer";
  ASSERT_OK(choose(report, {}, 2));
  const auto choice = deployed_choice(report, {}, 2);
  ASSERT_OK(choice);
  EXPECT_EQ(choice->engine, "ort");
  EXPECT_EQ(figures(*choice, "native").refused, "no such layer");
  EXPECT_EQ(figures(*choice, "ort-exact").tried, false);
}

// A float engine that computes in a shorter type would be fast, and would not be FP32.
TEST(DeployedChoice, Fp32MustBeFp32) {
  DeployReport report;
  report.variants = {variant("ort", "fp32", 20), variant("half", "fp32", 1)};
  report.variants[0].sqnr_db = 120;
  report.variants[1].sqnr_db = 45;
  ASSERT_OK(choose(report, {}, 2));
  EXPECT_EQ(report.recommended, "FP32, ort, 1");
  const auto choice = deployed_choice(report, {}, 2);
  ASSERT_OK(choice);
  EXPECT_THAT(figures(*choice, "half").refused, HasSubstr("45.0 dB against the model as given in ort, and 60 are needed"));
}

TEST(DeployedChoice, NothingAccurateIsAnErrorThatSaysWhy) {
  DeployReport report;
  report.variants = {variant("half", "fp32", 1)};
  report.variants[0].sqnr_db = 45;
  EXPECT_ERROR(choose(report, {}, 2), "FP32, half, 1: its answers differ too much");
}

}  // namespace
}  // namespace headrace
