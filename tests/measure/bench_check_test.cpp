#include "measure/bench_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace {
namespace {

CheckAnswer output(std::vector<double> values) { return {{"y", {1, static_cast<int64_t>(values.size())}, 0, std::move(values)}}; }

TEST(CheckFinite, NamesTheOutput) {
  EXPECT_TRUE(check_finite(output({1, 2})).ok());
  CheckAnswer bad = output({});
  bad.front().bad = 2;
  EXPECT_ERROR(check_finite(bad), "output 'y' holds 2 NaN");
}

TEST(CheckAlike, ToleratesNoiseButNotNonsense) {
  const CheckAnswer reference = output({1, 2, 3, -4});
  EXPECT_TRUE(check_alike(reference, reference, "ort").ok());
  EXPECT_TRUE(check_alike(reference, output({0.5, 3, 1, -2}), "ort").ok());
  EXPECT_TRUE(check_alike(output({0, 0}), output({0, 0}), "ort").ok());
  EXPECT_ERROR(check_alike(reference, output({-1, -2, -3, 4}), "ort"), "nothing like ort's");
  EXPECT_ERROR(check_alike(reference, output({5, 10, 15, -20}), "ort"), "nothing like ort's");
  EXPECT_ERROR(check_alike(reference, output({0, 0, 0, 0}), "ort"), "nothing like ort's");
  EXPECT_ERROR(check_alike(reference, output({1, 2, 3}), "ort"), "[1, 3] where ort gives [1, 4]");
  EXPECT_ERROR(check_alike(reference, {}, "ort"), "0 outputs where ort gives 1");
}

}  // namespace
}  // namespace headrace
