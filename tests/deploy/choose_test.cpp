#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/pipeline.h"
#include "support/test_support.h"

namespace headrace {
namespace {

Variant variant(const std::string& name, const std::string& precision, double median, int batch = 1) {
  Variant made;
  made.name = name;
  made.precision = precision;
  made.batch = batch;
  made.latency_ms.median = median;
  made.latency_ms.count = 10;
  return made;
}

DeployReport report_of(std::vector<Variant> variants) {
  DeployReport report;
  report.variants = std::move(variants);
  return report;
}

TEST(Choose, TheFastestInt8WithinTheAllowedLoss) {
  DeployReport report =
      report_of({variant("FP32, ort", "fp32", 10), variant("INT8, ort", "int8", 5), variant("INT8, openvino", "int8", 4)});
  ASSERT_OK(choose(report, Losses{{"INT8, ort", {1, "top-1"}}, {"INT8, openvino", {3, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended, "INT8, ort");
  EXPECT_EQ(report.recommended_reason,
            "2.00 times as fast as the fastest FP32 here (FP32, ort); it costs 1.0 points of top-1, within the 2 allowed");
}

TEST(Choose, Fp32WhenInt8CostsTooMuch) {
  DeployReport report = report_of({variant("FP32, ort", "fp32", 10), variant("INT8, ort", "int8", 5)});
  ASSERT_OK(choose(report, Losses{{"INT8, ort", {3.26, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended, "FP32, ort");
  EXPECT_EQ(report.recommended_reason, "INT8 costs 3.3 points of top-1, and 2 are allowed (--max-drop)");
}

// Not the loss of the engine that happens to be the fastest: it may saturate.
TEST(Choose, TheRejectionTellsTheLeastThatInt8Costs) {
  DeployReport report =
      report_of({variant("FP32, ort", "fp32", 10), variant("INT8, ort", "int8", 5), variant("INT8, native", "int8", 6)});
  ASSERT_OK(choose(report, Losses{{"INT8, ort", {45, "top-1"}}, {"INT8, native", {7, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended_reason, "INT8 costs 7.0 points of top-1, and 2 are allowed (--max-drop)");
}

TEST(Choose, Fp32WhenInt8IsHardlyFaster) {
  DeployReport report = report_of({variant("FP32, ort", "fp32", 10), variant("INT8, ort", "int8", 9.8)});
  ASSERT_OK(choose(report, Losses{{"INT8, ort", {0, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended, "FP32, ort");
  EXPECT_NE(report.recommended_reason.find("1.02 times the speed"), std::string::npos) << report.recommended_reason;
}

TEST(Choose, OnlyTheSmallestBatchCounts) {
  DeployReport report = report_of({variant("FP32, ort, batch 1", "fp32", 10), variant("INT8, ort, batch 1", "int8", 5),
                                   variant("INT8, ort, batch 8", "int8", 1, 8)});
  ASSERT_OK(choose(report, Losses{{"INT8, ort, batch 1", {0, "top-1"}}, {"INT8, ort, batch 8", {0, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended, "INT8, ort, batch 1");
}

TEST(Choose, FailedVariantsAndTheModelAsGivenAreNoCandidates) {
  Variant failed = variant("INT8, ort", "int8", 1);
  failed.error = "it hung";
  DeployReport report = report_of({variant("FP32 as given, ort", "fp32", 8), variant("FP32, ort", "fp32", 10), failed});
  ASSERT_OK(choose(report, Losses{{"INT8, ort", {0, "top-1"}}}, 2));
  EXPECT_EQ(report.recommended, "FP32, ort");
  EXPECT_EQ(report.recommended_reason, "no INT8 version could be measured");
}

TEST(Choose, NothingMeasuredIsAnError) {
  Variant failed = variant("FP32, ort", "fp32", 1);
  failed.error = "it hung";
  DeployReport report = report_of({failed});
  EXPECT_ERROR(choose(report, {}, 2), "it hung");
}

TEST(AccuracyLossTest, PrefersLabelsThenConfidentSamplesThenAll) {
  Comparison comparison;
  comparison.samples = 200;
  comparison.agreement_top1 = 0.8;
  EXPECT_NEAR(accuracy_loss(comparison).points, 20, 1e-9);
  comparison.confident_samples = 50;
  comparison.agreement_confident = 0.98;
  EXPECT_NEAR(accuracy_loss(comparison).points, 2, 1e-9);
  comparison.a.top1 = 0.75;
  comparison.b.top1 = 0.745;
  EXPECT_NEAR(accuracy_loss(comparison).points, 0.5, 1e-9);
  EXPECT_EQ(accuracy_loss(comparison).measure, "top-1 accuracy on 200 labelled samples");
}

}  // namespace
}  // namespace headrace
