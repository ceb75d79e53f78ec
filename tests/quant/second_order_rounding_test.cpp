#include "quant/algorithms/second_order_rounding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quant/algorithms/quantize_weights.h"
#include "quant/small_models.h"

namespace headrace {
namespace {

using testing::ModelBuilder;
using testing::Random;

// A Gemm of 24 inputs that are mixtures of 6 sources: strongly correlated, and not centred.
struct CorrelatedGemm {
  static constexpr int64_t kInputs = 24, kSamples = 400;
  Model model;
  WeightedLayer layer;
  std::vector<Tensor> samples;

  CorrelatedGemm() {
    ModelBuilder b;
    Random random(9);
    Value* y =
        b.node("Gemm", {b.input("x", {-1, kInputs}), b.constant("w", random.normal({5, kInputs}))}, {{"transB", int64_t{1}}});
    model = b.finish({y});
    layer = *as_weighted_layer(y->producer());
    const Tensor mixing = random.normal({6, kInputs});
    for (int64_t i = 0; i < kSamples; ++i) {
      const Tensor sources = random.normal({6}, 1, 0.5f);
      Tensor x = Tensor::allocate(DType::kFloat32, {1, kInputs});
      for (int64_t k = 0; k < kInputs; ++k) {
        float sum = 0;
        for (int64_t s = 0; s < 6; ++s)
          sum += sources.as<float>()[static_cast<size_t>(s)] * mixing.as<float>()[static_cast<size_t>(s * kInputs + k)];
        x.as_mutable<float>()[static_cast<size_t>(k)] = sum;
      }
      samples.push_back(x);
    }
  }
  InputMoments moments() const {
    InputMoments result = *InputMoments::of(layer, kSamples);
    for (size_t i = 0; i < samples.size(); ++i) result.observe(samples[i], i);
    return result;
  }
  // Mean square over samples and rows of what rounding does to the outputs.
  double output_error(const LayerPlan& plan) const {
    double sum = 0;
    for (const Tensor& x : samples)
      for (int64_t r = 0; r < plan.form.rows; ++r) {
        double difference = 0;
        for (int64_t k = 0; k < kInputs; ++k)
          difference += (static_cast<double>(plan.form.row(r)[k]) -
                         static_cast<double>(plan.scale(r)) * plan.weights[static_cast<size_t>(r * kInputs + k)]) *
                        static_cast<double>(x.as<float>()[static_cast<size_t>(k)]);
        sum += difference * difference;
      }
    return sum;
  }
};

TEST(InputMoments, AreTheMomentsOfTheSamples) {
  const CorrelatedGemm gemm;
  const InputMoments moments = gemm.moments();
  double mean = 0, product = 0;
  for (const Tensor& x : gemm.samples) {
    mean += static_cast<double>(x.as<float>()[3]) / CorrelatedGemm::kSamples;
    product += static_cast<double>(x.as<float>()[3]) * static_cast<double>(x.as<float>()[7]) / CorrelatedGemm::kSamples;
  }
  EXPECT_NEAR(moments.mean(0, 3), mean, 1e-4);
  EXPECT_NEAR(moments.second_moments(0, 0, false)[3 * CorrelatedGemm::kInputs + 7], product, 1e-3);
  EXPECT_NEAR(moments.second_moments(0, 0, true)[7 * CorrelatedGemm::kInputs + 3], product - mean * moments.mean(0, 7), 1e-3);
}

TEST(InputMoments, SeeThePatchesOfAPaddedConvolution) {
  ModelBuilder b;
  Random random(4);
  Value* x = b.input("x", {1, 2, 3, 3});
  Value* y = b.node("Conv", {x, b.constant("w", random.normal({1, 2, 3, 3}))}, {{"pads", std::vector<int64_t>{1, 1, 1, 1}}});
  Model model = b.finish({y});
  InputMoments moments = *InputMoments::of(*as_weighted_layer(y->producer()), 1);
  const Tensor ones = Tensor::from(Dims{1, 2, 3, 3}, std::vector<float>(18, 1.0f));
  moments.observe(ones, 0);                        // all nine positions
  EXPECT_NEAR(moments.mean(0, 4 * 2), 1.0, 1e-6);  // the middle tap always meets the picture
  EXPECT_NEAR(moments.mean(0, 0), 4.0 / 9, 1e-6);  // the corner tap at 2 x 2 positions
  EXPECT_NEAR(moments.second_moments(0, 0, false)[0], 4.0 / 9, 1e-6);
}

TEST(SecondOrderRounding, HurtsTheOutputsLessThanRoundingToNearest) {
  const CorrelatedGemm gemm;
  const InputMoments moments = gemm.moments();
  const WeightOptions options{true, true, false};
  const double nearest = gemm.output_error(quantize_weights(gemm.layer, 0.1f, options));
  const double second_order = gemm.output_error(quantize_weights(gemm.layer, 0.1f, options, &moments));
  EXPECT_LT(second_order, 0.5 * nearest);
}

TEST(SecondOrderRounding, KeepsThePairRule) {
  const CorrelatedGemm gemm;
  const InputMoments moments = gemm.moments();
  const LayerPlan plan = quantize_weights(gemm.layer, 0.1f, {}, &moments);
  const PairRule rule = PairRule::of(gemm.layer, plan.form);
  ASSERT_TRUE(rule.applies);
  for (int64_t r = 0; r < plan.form.rows; ++r)
    EXPECT_TRUE(saturation_proof(
        rule,
        std::span(plan.weights).subspan(static_cast<size_t>(r * plan.form.columns), static_cast<size_t>(plan.form.columns))));
}

}  // namespace
}  // namespace headrace
