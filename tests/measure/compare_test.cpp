#include "measure/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "measure/fakes.h"
#include "measure/outcome.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::FakeDataset;
using testing::FakeEngine;

Tensor row(std::vector<float> values) { return Tensor::from(Dims{1, static_cast<int64_t>(values.size())}, values); }

Signature signature(int64_t width) {
  const auto spec = [&](const char* name) { return TensorSpec{name, DType::kFloat32, Shape{Dim{-1, "N"}, Dim{width, {}}}}; };
  return {{spec("x")}, {spec("y")}};
}

// The output is the input with `change` applied to its values.
FakeEngine engine(int64_t width, std::function<void(std::span<float>)> change) {
  return {signature(width), [change](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
            Tensor output = inputs[0].clone();
            change(output.as_mutable<float>());
            return std::vector<Tensor>{output};
          }};
}

FakeDataset data(const std::vector<std::pair<std::vector<float>, int64_t>>& rows) {
  std::vector<Sample> samples;
  for (const auto& [values, label] : rows)
    samples.push_back({{row(values)}, label, "data.npz[" + std::to_string(samples.size()) + "]"});
  return FakeDataset(std::move(samples));
}

Side side(const FakeEngine& engine, int threads = 1) {
  SessionOptions options;
  options.threads = threads;
  return {"model.onnx", &engine, options};
}

TEST(Compare, FindsTheSameBits) {
  const FakeEngine same = engine(3, [](auto) {});
  const auto result = compare(side(same), side(same), data({{{9, 0, 0}, 0}, {{0, 1, 1.1f}, 1}}));
  ASSERT_OK(result);
  EXPECT_EQ(result->samples, 2u);
  EXPECT_TRUE(result->same_bits);
  EXPECT_EQ(result->max_abs_error, 0);
  EXPECT_EQ(result->sqnr_db, std::numeric_limits<double>::infinity());
  EXPECT_EQ(result->agreement_top1, 1);
  EXPECT_EQ(result->confident_samples, 1u);
  EXPECT_EQ(result->agreement_confident, 1);
  EXPECT_EQ(result->a.top1, 0.5);
  EXPECT_EQ(result->b.top5, 1);
}

TEST(Compare, MeasuresWhatDiffers) {
  const FakeEngine a = engine(2, [](auto) {});
  const FakeEngine b = engine(2, [](std::span<float> y) { y[1] += 0.5f; });
  const auto result = compare(side(a), side(b), data({{{3, 4}, 1}, {{0.25f, 0}, 0}, {{10, 0}, 0}}));
  ASSERT_OK(result);
  EXPECT_FALSE(result->same_bits);
  EXPECT_EQ(result->max_abs_error, 0.5);
  EXPECT_NEAR(result->sqnr_db, 10 * std::log10((25 + 0.0625 + 100) / 0.75), 1e-9);
  EXPECT_DOUBLE_EQ(result->agreement_top1, 2.0 / 3);  // the second sample's best class changes
  EXPECT_EQ(result->confident_samples, 3u);
  EXPECT_DOUBLE_EQ(*result->a.top1, 1);
  EXPECT_DOUBLE_EQ(*result->b.top1, 2.0 / 3);
}

TEST(Compare, GivesTheSameFiguresOnAnyNumberOfThreads) {
  testing::Random random(3);
  std::vector<Sample> samples;
  for (int i = 0; i < 64; ++i) samples.push_back({{random.normal({1, 10})}, std::nullopt, "random"});
  const FakeDataset dataset(samples);
  const FakeEngine a = engine(10, [](auto) {});
  const FakeEngine b = engine(10, [](std::span<float> y) {
    for (float& value : y) value = std::round(value * 8) / 8;
  });
  const auto many = compare(side(a, 1), side(b, 1), dataset), one = compare(side(a, 0), side(b, 0), dataset);
  ASSERT_OK(many);
  ASSERT_OK(one);
  EXPECT_EQ(many->sqnr_db, one->sqnr_db);
  EXPECT_EQ(many->max_abs_error, one->max_abs_error);
  EXPECT_EQ(many->a.top1, std::nullopt);
}

TEST(Compare, HasNoAgreementWithoutLogits) {
  const Signature flat{{{"x", DType::kFloat32, Shape{Dim{-1, "N"}, Dim{2, {}}}}}, {{"y", DType::kFloat32, Shape{Dim{2, {}}}}}};
  const FakeEngine vector(
      flat, [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> { return std::vector{inputs[0].reshaped({2})}; });
  const auto result = compare(side(vector), side(vector), data({{{1, 2}, 0}}));
  ASSERT_OK(result);
  EXPECT_TRUE(std::isnan(result->agreement_top1));
  EXPECT_TRUE(std::isnan(result->agreement_confident));
  EXPECT_EQ(result->a.top1, std::nullopt);
  EXPECT_TRUE(result->same_bits);
}

TEST(Compare, CountsNanAsAMiss) {
  const FakeEngine a = engine(2, [](auto) {});
  const FakeEngine broken = engine(2, [](std::span<float> y) { y[0] = std::nanf(""); });
  const auto result = compare(side(a), side(broken), data({{{1, 2}, 1}}));
  ASSERT_OK(result);
  EXPECT_EQ(result->agreement_top1, 0);
  EXPECT_EQ(result->b.top1, 0);
  EXPECT_EQ(result->max_abs_error, std::numeric_limits<double>::infinity());
  EXPECT_EQ(result->sqnr_db, -std::numeric_limits<double>::infinity());
}

TEST(Compare, NamesWhatIsWrong) {
  const FakeEngine two = engine(2, [](auto) {}), three = engine(3, [](auto) {});
  EXPECT_ERROR(compare(side(two), side(three), data({{{1, 2}, 0}})), "input 'x' float32[N, 2] against 'x' float32[N, 3]");
  EXPECT_ERROR(compare(side(two), side(two), data({})), "no sample");
  EXPECT_ERROR(compare(side(two), side(two), data({{{1, 2}, 7}})), "data.npz[0]: label 7 is not among the model's 2 classes");
  FakeDataset cut({{{row({1, 2})}, std::nullopt, "a.png"}, {{}, std::nullopt, "b.png"}});
  EXPECT_ERROR(compare(side(two), side(two), cut), "b.png: the picture is cut off");
  const std::atomic<bool> stop{true};
  const auto stopped = compare(side(two), side(two), data({{{1, 2}, 0}}), Progress({}, &stop));
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().code, ErrorCode::kCancelled);
}

TEST(Compare, MatchesInputsByName) {
  const auto spec = [](const char* name) { return TensorSpec{name, DType::kFloat32, Shape{Dim{1, {}}, Dim{1, {}}}}; };
  const testing::Function first = [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
    return std::vector{inputs[0].clone()};
  };
  const testing::Function second = [](std::span<const Tensor> inputs) -> Result<std::vector<Tensor>> {
    return std::vector{inputs[1].clone()};
  };
  const FakeEngine a({{spec("p"), spec("q")}, {spec("y")}}, first), b({{spec("q"), spec("p")}, {spec("y")}}, second);
  const FakeDataset dataset({{{row({1}), row({2})}, std::nullopt, "s"}});
  const auto result = compare(side(a), side(b), dataset);
  ASSERT_OK(result);
  EXPECT_TRUE(result->same_bits);
}

TEST(RankClasses, KnowsDistributionsFromLogits) {
  const auto confident = [](std::vector<float> values) { return rank_classes(values, std::nullopt)->confident; };
  EXPECT_TRUE(confident({0.6f, 0.4f}));
  EXPECT_TRUE(confident({0, 3, 0}));
  EXPECT_FALSE(confident({0.4f, 0.3f, 0.3f}));
  EXPECT_FALSE(confident({1, 1, 1}));
}

TEST(RankClasses, GivesTiesToTheLowerIndex) {
  const std::vector<float> logits{1, 1, 1, 1, 1, 1};
  EXPECT_EQ(rank_classes(logits, 0)->top1, true);
  EXPECT_EQ(rank_classes(logits, 4)->top5, true);
  EXPECT_EQ(rank_classes(logits, 5)->top5, false);
}

}  // namespace
}  // namespace headrace
