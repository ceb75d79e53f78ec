// What the page says. How it looks and behaves in a browser: tests/browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/assets.h"
#include "report/example.h"
#include "report/html_sections.h"
#include "report/report.h"
#include "support/golden.h"
#include "support/paths.h"

namespace headrace {
namespace {

using testing::expect_golden;
using ::testing::HasSubstr;
using ::testing::Not;

size_t occurrences(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The parts that people read first, without the frame.
std::string top_of(const DeployReport& report) {
  return reporting::machine_line(report) + "\n" + reporting::verdict(report) + "\n" + reporting::summary_table(report) + "\n" +
         reporting::notices(report) + "\n";
}

TEST(Html, TopOfThePage) { expect_golden(top_of(testing::example_report()), "report/page_top.html"); }
TEST(Html, TopOfAHostilePage) { expect_golden(top_of(testing::hostile_report()), "report/page_top_hostile.html"); }
TEST(Html, Method) { expect_golden(reporting::method(testing::unlabelled_report()) + "\n", "report/page_method.html"); }
TEST(Html, Quantization) {
  expect_golden(reporting::quantization(testing::example_report()) + "\n", "report/page_quantization.html");
}

TEST(Html, AssetsAreWhole) {
  EXPECT_THAT(std::string(reporting::chart_library_js.substr(0, 40)), HasSubstr("Chart.js v"));
  EXPECT_GT(reporting::chart_library_js.size(), 100'000u);
  const std::string sources = testing::test_data() + "/../src/report/html/";
  EXPECT_EQ(reporting::template_html, testing::read_file(sources + "template.html"));
  EXPECT_EQ(reporting::style_css, testing::read_file(sources + "style.css"));
  EXPECT_EQ(reporting::charts_js, testing::read_file(sources + "charts.js"));
  // Inlined as they are: what would end the element early must not be in them.
  EXPECT_EQ(occurrences(reporting::chart_library_js, "</script"), 0u);
  EXPECT_EQ(occurrences(reporting::charts_js, "</script"), 0u);
  EXPECT_EQ(occurrences(reporting::style_css, "</style"), 0u);
}

TEST(Html, EveryPlaceholderIsFilled) {
  const std::string page = to_html(testing::example_report());
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  EXPECT_EQ(occurrences(page, "<canvas "), 5u);
  EXPECT_EQ(occurrences(page, "<table"), 6u);
}

TEST(Html, LoadsNothing) {
  const std::string page = to_html(testing::example_report());
  EXPECT_EQ(occurrences(page, "<script src"), 0u);
  EXPECT_EQ(occurrences(page, "@import"), 0u);
  EXPECT_EQ(occurrences(page, "<link "), occurrences(page, "href=\"data:,\""));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(Html, HostileNamesOpenNoElement) {
  const std::string page = to_html(testing::hostile_report()), tame = to_html(testing::example_report());
  for (const char* element : {"<script", "</script", "<img", "<svg", "<!--", "<b>"})
    EXPECT_EQ(occurrences(page, element), occurrences(tame, element)) << element;
}

TEST(Html, AnEmptyReportHasNoEmptyParts) {
  const std::string page = to_html(testing::empty_report());
  EXPECT_EQ(occurrences(page, "<canvas "), 0u);
  EXPECT_EQ(occurrences(page, "<table"), 0u);
  EXPECT_EQ(occurrences(page, "<section "), 1u);
  EXPECT_THAT(page, HasSubstr("No version is recommended."));
}

TEST(Html, PlotsNeedTheirData) {
  DeployReport report = testing::example_report();
  for (Variant& variant : report.variants) variant.samples_ms.clear(), variant.top1 = variant.agreement_top1 = std::nullopt;
  report.layer_errors.clear();
  const std::string page = to_html(report);
  EXPECT_EQ(occurrences(page, "<canvas "), 2u);  // steps and sizes
  EXPECT_THAT(page, HasSubstr("<canvas id=\"steps\""));
}

TEST(Html, SaysWhatWasTimedElsewhere) {
  DeployReport report = testing::example_report();
  EXPECT_THAT(reporting::method(report), HasSubstr("by the program that called Headrace: PyTorch eager."));
  report.variants.erase(report.variants.begin());
  EXPECT_THAT(reporting::method(report), Not(HasSubstr("by the program that called")));
}

TEST(Html, WorstLayersComeFirst) {
  const DeployReport report = testing::hostile_report();
  const auto layers = reporting::worst_layers(report, 3);
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0]->sqnr_db, -3);
  EXPECT_LE(layers[1]->sqnr_db, layers[2]->sqnr_db);
}

}  // namespace
}  // namespace headrace
