#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/example.h"
#include "report/report.h"
#include "support/golden.h"

namespace headrace {
namespace {

using testing::expect_golden;

// Few enough figures to read, none of which depends on the C library.
DeployReport small_report() {
  DeployReport report = testing::example_report();
  report.variants.erase(report.variants.begin());
  report.variants.erase(report.variants.begin() + 2);
  for (Variant& variant : report.variants) {
    if (!variant.error.empty()) continue;
    variant.latency_ms = {12.5, 13.25, 16.75, 12.125, 17.0, 12.625, 0.5, 3};
    variant.samples_ms = {12.125, 12.5, 17};
    variant.throughput_per_s = 80;
  }
  report.layer_errors.resize(3);
  return report;
}

TEST(Json, EveryField) { expect_golden(to_json(small_report()), "report/report.json"); }
TEST(Json, Empty) { expect_golden(to_json(testing::empty_report()), "report/empty.json"); }

// Writing is injective but for NaN inside an optional: equal text means equal reports.
TEST(Json, RoundTrip) {
  for (const DeployReport& report :
       {small_report(), testing::example_report(), testing::unlabelled_report(), testing::empty_report()}) {
    const std::string text = to_json(report);
    const auto read = parse_report(text);
    ASSERT_OK(read);
    EXPECT_EQ(to_json(*read), text);
    EXPECT_EQ(to_table(*read), to_table(report));
    EXPECT_EQ(to_html(*read), to_html(report));
  }
}

TEST(Json, TheEnginesChoice) {
  DeployReport report = testing::empty_report();
  EngineFigures ort, native;
  ort.engine = "ort", ort.median_ms = 2;
  native.engine = "native", native.median_ms = 1;
  report.engine_choice.emplace().candidates = {ort, native};
  ASSERT_OK(rank_engines(*report.engine_choice));
  const auto read = parse_report(to_json(report));
  ASSERT_OK(read);
  ASSERT_TRUE(read->engine_choice);
  EXPECT_EQ(to_json(*read->engine_choice), to_json(*report.engine_choice));
  report.recommended = "FP32, native";
  EXPECT_THAT(to_html(report), ::testing::HasSubstr("engine: native, 1.00 ms; ort 2.00"));
  report.variants = testing::example_report().variants;
  EXPECT_THAT(to_table(report), ::testing::HasSubstr("\nengine: native, 1.00 ms; ort 2.00\n"));
  EXPECT_ERROR(parse_report(R"({"model": "m", "variants": [], "engine_choice": {"engine": 5}})"), "engine_choice");
}

TEST(Json, RoundTripKeepsValues) {
  const DeployReport report = testing::example_report();
  const auto read = parse_report(to_json(report));
  ASSERT_OK(read);
  EXPECT_EQ(read->model, report.model);
  EXPECT_EQ(read->cpus, 2);
  EXPECT_EQ(read->variants[2].samples_ms, report.variants[2].samples_ms);
  EXPECT_EQ(read->variants[2].latency_ms.stddev, report.variants[2].latency_ms.stddev);
  EXPECT_EQ(read->variants[2].top1, report.variants[2].top1);
  EXPECT_EQ(read->variants[1].sqnr_db, std::nullopt);
  EXPECT_EQ(read->variants[4].error, report.variants[4].error);
  EXPECT_EQ(read->layer_errors[0].sqnr_db, std::numeric_limits<double>::infinity());
  EXPECT_EQ(read->quantization.layers[1].scale_growth, 1.31);
  EXPECT_EQ(read->steps[1].note, report.steps[1].note);
}

TEST(Json, NumbersThatJsonLacks) {
  DeployReport report = small_report();
  report.layer_errors[0].sqnr_db = -std::numeric_limits<double>::infinity();
  report.layer_errors[1].sqnr_db = std::numeric_limits<double>::quiet_NaN();
  const std::string text = to_json(report);
  EXPECT_THAT(text, ::testing::HasSubstr(R"("sqnr_db": "-inf")"));
  const auto read = parse_report(text);
  ASSERT_OK(read);
  EXPECT_EQ(read->layer_errors[0].sqnr_db, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(read->layer_errors[1].sqnr_db));
}

TEST(Json, MalformedUtf8IsReplaced) {
  const auto read = parse_report(to_json(testing::hostile_report()));
  ASSERT_OK(read);
  EXPECT_EQ(read->variants[3].name, "\" onmouseover=\"alert(3) {{data}} \xEF\xBF\xBD");
}

TEST(ParseReport, NamesWhatIsWrong) {
  EXPECT_ERROR(parse_report(""), "byte 1");
  EXPECT_ERROR(parse_report(R"({"model": "x")"), "not valid JSON");
  EXPECT_ERROR(parse_report("[]"), "expected an object, found array");
  EXPECT_ERROR(parse_report("{}"), "model: expected a string, it is missing");
  EXPECT_ERROR(parse_report(R"({"model": "x"})"), "variants: expected an array, it is missing");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": {}})"), "variants: expected an array, found object");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": [3]})"), "variants[0]");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": [{}, {"latency_ms": {"median": "fast"}}]})"),
               "variants[1].latency_ms.median: expected a number");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": [{"threads": -1}]})"), "variants[0].threads");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": [{"threads": 5000000000}]})"), "variants[0].threads");
  EXPECT_ERROR(parse_report(R"({"model": "x", "variants": [], "cpu": 7})"), "cpu: expected an object");
  EXPECT_ERROR(parse_report(R"({"model": 1e999, "variants": []})"), "not valid JSON");
}

TEST(ParseReport, PassesOverUnknownFields) {
  const auto read = parse_report(R"({"model": "x", "variants": [{"name": "v", "colour": "red"}], "more": [1, {}]})");
  ASSERT_OK(read);
  EXPECT_EQ(read->variants[0].name, "v");
  EXPECT_EQ(read->variants[0].threads, 1);
}

TEST(ParseReport, SurvivesDeepNesting) { EXPECT_ERROR(parse_report(std::string(200000, '[')), "not valid JSON"); }

}  // namespace
}  // namespace headrace
