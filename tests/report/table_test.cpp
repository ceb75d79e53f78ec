#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "report/example.h"
#include "report/figures.h"
#include "report/report.h"
#include "report/text.h"
#include "support/golden.h"

namespace headrace {
namespace {

using testing::expect_golden;

size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, reporting::display_width(line));
  return widest;
}

TEST(Table, Labelled) { expect_golden(to_table(testing::example_report()), "report/table_labelled.txt"); }
TEST(Table, UnlabelledAndSeveralSettings) {
  expect_golden(to_table(testing::unlabelled_report()), "report/table_unlabelled.txt");
}
TEST(Table, HostileNames) { expect_golden(to_table(testing::hostile_report()), "report/table_hostile.txt"); }
TEST(Table, NothingMeasured) { expect_golden(to_table(testing::empty_report()), "report/table_empty.txt"); }

TEST(Table, StaysWithinAHundredColumns) {
  EXPECT_LE(widest_line(to_table(testing::example_report())), 100u);
  EXPECT_LE(widest_line(to_table(testing::unlabelled_report())), 100u);
  EXPECT_LE(widest_line(to_table(testing::crowded_report())), 100u);
}

TEST(Table, AlignsWideAndLongNames) {
  DeployReport report = testing::example_report();
  report.variants[0].name = "\xE6\xA8\xA1\xE5\x9E\x8B, ort";
  report.variants[1].name = "FP32, a name so long that it and its figures do not fit one line";
  expect_golden(to_table(report), "report/table_names.txt");
}

TEST(Figures, ThreeSignificantDigits) {
  using reporting::figure;
  EXPECT_EQ(figure(0.0), "0");
  EXPECT_EQ(figure(0.01236), "0.0124");
  EXPECT_EQ(figure(1.234), "1.23");
  EXPECT_EQ(figure(9.996), "10.0");
  EXPECT_EQ(figure(99.96), "100");
  EXPECT_EQ(figure(1234.5), "1234");
  EXPECT_EQ(figure(-3.456), "-3.46");
  EXPECT_EQ(figure(1e-9), "0");
  EXPECT_EQ(figure(std::numeric_limits<double>::quiet_NaN()), "-");
  EXPECT_EQ(figure(std::numeric_limits<double>::infinity()), "inf");
}

TEST(Figures, Seconds) {
  EXPECT_EQ(reporting::seconds(0.004), "<0.01");
  EXPECT_EQ(reporting::seconds(0), "0.00");
  EXPECT_EQ(reporting::seconds(2.049), "2.05");
  EXPECT_EQ(reporting::seconds(14.24), "14.2");
}

TEST(Figures, ASpeedUpNeedsTheSameSetting) {
  DeployReport report = testing::example_report();
  EXPECT_NEAR(*reporting::speed_up(report, report.variants[2]),
              report.variants[1].latency_ms.median / report.variants[2].latency_ms.median, 1e-12);
  report.variants[2].threads = 2;
  EXPECT_EQ(reporting::speed_up(report, report.variants[2]), std::nullopt);
  EXPECT_EQ(reporting::speed_up(report, report.variants[4]), std::nullopt);  // not measured
}

TEST(Figures, TheReferenceIsFp32InOnnxRuntime) {
  DeployReport report = testing::example_report();
  EXPECT_EQ(reporting::reference(report)->name, "FP32, ort");  // not PyTorch, which comes first
  report.variants[1].error = "failed";
  EXPECT_EQ(reporting::reference(report)->name, "PyTorch eager");
  report.variants[0].error = "failed";
  EXPECT_EQ(reporting::reference(report), nullptr);
  EXPECT_EQ(reporting::size_ratio(report, report.variants[2]), std::nullopt);
}

TEST(Figures, LossIsInPoints) {
  const DeployReport labelled = testing::example_report(), unlabelled = testing::unlabelled_report();
  EXPECT_NEAR(*reporting::loss_points(labelled, labelled.variants[2]), 0.32, 1e-9);
  EXPECT_NEAR(*reporting::loss_points(unlabelled, unlabelled.variants[2]), 4.9, 1e-9);
  EXPECT_EQ(reporting::loss_points(labelled, labelled.variants[1]), std::nullopt);  // the reference itself
}

}  // namespace
}  // namespace headrace
