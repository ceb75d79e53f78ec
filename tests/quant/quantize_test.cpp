// Whole quantisation of small models, run in ONNX Runtime.
#include "quant/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engines/engine.h"
#include "engines/evaluate.h"
#include "ir/verify.h"
#include "quant/fixed_data.h"
#include "quant/small_models.h"

namespace headrace {
namespace {

using testing::FixedData;
using testing::mlp_model;
using testing::Random;
using testing::residual_model;

Signature signature_of(const Model& model) {
  Signature signature;
  for (const Value* input : model.graph->inputs()) signature.inputs.push_back({input->name(), input->dtype, *input->shape});
  return signature;
}

std::unique_ptr<Dataset> random_data(const Model& model, size_t count = 16) {
  auto data = random_dataset(signature_of(model), count, 1);
  EXPECT_TRUE(data.ok());
  return std::move(data).value();
}

std::vector<float> run(const Model& model, const Dataset& data, const char* engine_name = "ort",
                       GraphOptimization level = GraphOptimization::kAll) {
  const Result<const Engine*> engine = find_engine(engine_name);
  EXPECT_TRUE(engine.ok());
  SessionOptions options;
  options.optimization = level;
  auto session = load_model(**engine, model, options);
  EXPECT_TRUE(session.ok()) << (session.ok() ? "" : session.error().describe());
  std::vector<float> all;
  for (size_t i = 0; i < data.size(); ++i) {
    std::vector<Tensor> outputs;
    const Status status = (*session)->run(data.load(i)->inputs, outputs);
    EXPECT_TRUE(status.ok());
    const auto values = outputs[0].as<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

double sqnr_db(const std::vector<float>& reference, const std::vector<float>& test) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < reference.size(); ++i) signal += std::pow(reference[i], 2), noise += std::pow(reference[i] - test[i], 2);
  return 10 * std::log10(signal / noise);
}

int count(const Model& model, std::string_view op) {
  int n = 0;
  for (const auto& node : model.graph->nodes()) n += node->is(op) ? 1 : 0;
  return n;
}

class Observers : public ::testing::TestWithParam<ObserverKind> {};

TEST_P(Observers, QuantiseAResidualNetworkCloseToFloat) {
  const Model model = residual_model();
  const auto data = random_data(model);
  QuantOptions options;
  options.observer = GetParam();
  auto quantized = quantize(model, data.get(), options);
  ASSERT_OK(quantized);
  ASSERT_OK(verify(quantized->model));
  EXPECT_EQ(count(quantized->model, "Clip") + count(quantized->model, "Relu"), 0);
  EXPECT_GT(sqnr_db(run(model, *data), run(quantized->model, *data)), 25);
}
INSTANTIATE_TEST_SUITE_P(All, Observers,
                         ::testing::Values(ObserverKind::kMinMax, ObserverKind::kPercentile, ObserverKind::kEntropy,
                                           ObserverKind::kMse),
                         [](const auto& test) { return std::string(to_string(test.param)); });

class Targets : public ::testing::TestWithParam<TargetKind> {};

TEST_P(Targets, ComputeCloseToFloat) {
  const Model model = residual_model();
  const auto data = random_data(model);
  QuantOptions options;
  options.target = GetParam();
  auto quantized = quantize(model, data.get(), options);
  ASSERT_OK(quantized);
  EXPECT_GT(sqnr_db(run(model, *data), run(quantized->model, *data)), 25);
}
INSTANTIATE_TEST_SUITE_P(All, Targets, ::testing::Values(TargetKind::kOrtX86, TargetKind::kOpenVino, TargetKind::kTensorRt),
                         [](const auto& test) { return std::to_string(static_cast<int>(test.param)); });

TEST(Quantize, SaturationProofFilesGiveOrtsDefaultAndExactKernelsTheSameBits) {
  const Model model = residual_model();
  const auto data = random_data(model);
  auto quantized = quantize(model, data.get(), {});
  ASSERT_OK(quantized);
  EXPECT_EQ(run(quantized->model, *data), run(quantized->model, *data, "ort-exact"));
}

TEST(Quantize, TensorRtRulesHold) {  // symmetric, zero points 0, float bias
  const Model model = residual_model();
  const auto data = random_data(model);
  QuantOptions options;
  options.target = TargetKind::kTensorRt;
  auto quantized = quantize(model, data.get(), options);
  ASSERT_OK(quantized);
  for (const auto& node : quantized->model.graph->nodes()) {
    if (!node->is("QuantizeLinear") && !node->is("DequantizeLinear")) continue;
    EXPECT_NE(node->input(0)->dtype, DType::kInt32) << node->describe();
    if (node->input(2) == nullptr) continue;
    EXPECT_EQ(node->input(2)->dtype, DType::kInt8) << node->describe();
    const auto zero_points = to_int64_vector(node->input(2)->constant());
    EXPECT_THAT(*zero_points, ::testing::Each(0));
  }
}

TEST(Quantize, ResultDoesNotDependOnThreads) {
  const Model model = residual_model();
  const auto data = random_data(model);
  QuantOptions one, two;
  one.threads = 1;
  two.threads = 2;
  const auto a = quantize(model, data.get(), one), b = quantize(model, data.get(), two);
  ASSERT_OK(a);
  ASSERT_OK(b);
  EXPECT_EQ(run(a->model, *data), run(b->model, *data));
}

TEST(Quantize, KeepsADynamicBatch) {
  const Model model = residual_model();
  const auto data = random_data(model);
  auto quantized = quantize(model, data.get(), {});
  ASSERT_OK(quantized);
  EXPECT_FALSE((*quantized->model.graph->inputs()[0]->shape)[0].known());
  auto session = load_model(**find_engine("ort"), quantized->model, {});
  ASSERT_OK(session);
  std::vector<Tensor> outputs;
  ASSERT_OK((*session)->run(std::vector{Random(1).normal({3, 3, 16, 16})}, outputs));
  EXPECT_EQ(outputs[0].dims(), (Dims{3, 10}));
}

TEST(Quantize, SecondOrderRoundingAndBiasCorrectionHelp) {
  const Model model = residual_model();
  const auto data = random_data(model, 32);
  QuantOptions plain;
  plain.rounding = RoundingKind::kNearest;
  plain.bias_correction = false;
  const auto reference = run(model, *data);
  const auto without = quantize(model, data.get(), plain), with = quantize(model, data.get(), {});
  ASSERT_OK(without);
  ASSERT_OK(with);
  EXPECT_GT(sqnr_db(reference, run(with->model, *data)), sqnr_db(reference, run(without->model, *data)));
}

TEST(Quantize, PerTensorWorksBelowOpset13AndPerChannelSaysWhatToDo) {
  const Model model = residual_model(11);
  const auto data = random_data(model);
  EXPECT_ERROR(quantize(model, data.get(), {}), "--per-tensor");
  QuantOptions options;
  options.per_channel = false;
  auto quantized = quantize(model, data.get(), options);
  ASSERT_OK(quantized);
  EXPECT_GT(sqnr_db(run(model, *data), run(quantized->model, *data)), 15);
}

TEST(Quantize, StaticHandlesTokenModels) {
  const Model model = mlp_model();
  const auto data = random_data(model);
  auto quantized = quantize(model, data.get(), {});
  ASSERT_OK(quantized);
  EXPECT_GT(sqnr_db(run(model, *data), run(quantized->model, *data)), 25);
}

class Dynamic : public ::testing::TestWithParam<bool> {};

TEST_P(Dynamic, ComputesCloseToFloatInTheFusedForm) {
  const Model model = GetParam() ? mlp_model() : residual_model();
  const auto data = random_data(model);
  QuantOptions options;
  options.mode = QuantMode::kDynamic;
  auto quantized = quantize(model, nullptr, options);
  ASSERT_OK(quantized);
  EXPECT_EQ(count(quantized->model, "MatMul") + count(quantized->model, "Gemm"), 0);
  EXPECT_GT(sqnr_db(run(model, *data), run(quantized->model, *data)), 20);
}
INSTANTIATE_TEST_SUITE_P(Models, Dynamic, ::testing::Bool());

TEST(QuantizeErrors, NameTheActivationAndSampleThatHoldNan) {
  Tensor bad = Random(1).normal({1, 3, 16, 16});
  bad.as_mutable<float>()[5] = std::nanf("");
  const FixedData data({Random(2).normal({1, 3, 16, 16}), bad});
  const auto result = quantize(residual_model(), &data, {});
  EXPECT_ERROR(result, "sample 1");
  EXPECT_ERROR(result, "activation 'x'");
  EXPECT_ERROR(result, "NaN or infinity");
}

TEST(QuantizeErrors, NameTheConstantThatHoldsInfinity) {
  Model model = residual_model();
  Tensor weights = model.graph->find("w3")->constant().clone();
  weights.as_mutable<float>()[7] = INFINITY;
  model.graph->find("w3")->set_constant(weights);
  const auto data = random_data(model);
  EXPECT_ERROR(quantize(model, data.get(), {}), "'w3'");
}

TEST(QuantizeErrors, RefuseNoDataAndNothingToDo) {
  const FixedData empty({});
  EXPECT_ERROR(quantize(residual_model(), &empty, {}), "no calibration samples");
  EXPECT_ERROR(quantize(residual_model(), nullptr, {}), "--calibration");
  testing::ModelBuilder b;
  const Model model = b.finish({testing::typed(b.node("Relu", {b.input("x", {1, 3})}), {1, 3})});
  EXPECT_ERROR(quantize(model, &empty, {}), "nothing to quantise");
}

TEST(QuantizeErrors, RefuseAModelThatIsQuantisedAlready) {
  const Model model = residual_model();
  const auto data = random_data(model);
  const auto once = quantize(model, data.get(), {});
  ASSERT_OK(once);
  EXPECT_ERROR(quantize(once->model, data.get(), {}), "quantised already");
}

TEST(Quantize, WarnsOfNamesToSkipThatMatchNothing) {
  const Model model = residual_model();
  const auto data = random_data(model);
  QuantOptions options;
  options.skip_nodes = {"haed_conv"};
  options.skip_ops = {"Clip"};
  const auto quantized = quantize(model, data.get(), options);
  ASSERT_OK(quantized);
  EXPECT_THAT(quantized->report.warnings, ::testing::ElementsAre(::testing::HasSubstr("'haed_conv'")));
  EXPECT_EQ(count(quantized->model, "Clip"), 2);  // kept in float, as asked
}

TEST(QuantizeErrors, StopWhenAsked) {
  const Model model = residual_model();
  const auto data = random_data(model);
  const std::atomic<bool> stop{true};
  const auto result = quantize(model, data.get(), {}, Progress({}, &stop));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace headrace
