// The rules of docs/numerics.md on cases small enough to compute by hand: ties, saturation, bounds.
#include <cmath>

#include "engines/reference/quantized.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using ::testing::ElementsAre;
using Bytes = std::vector<uint8_t>;

// The model's first output, computed from its codes.
std::vector<int64_t> codes(OpModel& made, std::vector<Value*> outputs) {
  Model model = made.builder.finish(std::move(outputs));
  const auto results = outputs_of("reference", model, made.inputs);
  const auto values = results.empty() ? std::vector<int64_t>() : to_int64_vector(results[0]);
  return values ? *values : std::vector<int64_t>();
}

// A 1x1 convolution of one channel with the weight 1 (scale 1).
Value* unit_conv(OpModel& m, Value* x, std::vector<Value*> bias = {}) {
  Value* w = m.constant(Tensor::from<int8_t>({1, 1, 1, 1}, std::vector<int8_t>{1}));
  std::vector<Value*> inputs{x, dequantize(m, w, S8{1, 0})};
  inputs.insert(inputs.end(), bias.begin(), bias.end());
  return m.node("Conv", inputs);
}

Value* row(OpModel& m, const Bytes& values, U8 s) {
  return codes_input(m, {1, 1, 1, static_cast<int64_t>(values.size())}, values, s);
}

// Half to even happens before the zero point is added: an odd zero point shifts the result, it does not turn ties round.
TEST(NumericsRules, LayersRoundTiesToEvenBeforeTheZeroPoint) {
  OpModel m;
  Value* y = unit_conv(m, row(m, {1, 3, 5, 7, 2, 4}, {1, 0}));
  EXPECT_THAT(codes(m, {quantize(m, y, U8{2, 3})}), ElementsAre(3, 5, 5, 7, 4, 5));
}

TEST(NumericsRules, LayersSaturateAtBothEnds) {
  OpModel m;
  Value* y = unit_conv(m, row(m, {0, 100, 128, 200, 255}, {1, 128}));
  EXPECT_THAT(codes(m, {quantize(m, y, U8{0.5f, 10})}), ElementsAre(0, 0, 10, 154, 255));
}

TEST(NumericsRules, TheBiasIsPartOfTheSum) {
  OpModel m;
  Value* bias = m.constant(Tensor::from<int32_t>({1}, std::vector<int32_t>{-3}));
  Value* b = m.node("DequantizeLinear", {bias, m.constant(Tensor::scalar(0.5f))});
  Value* y = unit_conv(m, row(m, {0, 3, 4, 5, 255}, {0.5f, 0}), {b});
  EXPECT_THAT(codes(m, {quantize(m, y, S8{1, 0})}), ElementsAre(-2, 0, 0, 1, 126));
}

TEST(NumericsRules, ReluAndClipBecomeBoundsOfTheCodes) {
  OpModel m;
  Value* y = unit_conv(m, row(m, {0, 9, 10, 20, 255}, {1, 10}));
  Value* relu = m.node("Relu", {y});
  EXPECT_THAT(codes(m, {quantize(m, relu, U8{1, 4})}), ElementsAre(4, 4, 4, 14, 249));
  OpModel n;
  Value *low = n.constant(Tensor::scalar(-1.0f)), *high = n.constant(Tensor::scalar(6.0f));
  Value* clip = n.node("Clip", {unit_conv(n, row(n, {0, 9, 10, 20, 255}, {1, 10})), low, high});
  EXPECT_THAT(codes(n, {quantize(n, clip, U8{0.5f, 4})}), ElementsAre(2, 2, 4, 16, 16));
}

TEST(NumericsRules, PaddingStandsForTheZeroPoint) {
  OpModel m;
  Value* w = m.constant(Tensor::from<int8_t>({1, 1, 3}, std::vector<int8_t>{1, 1, 1}));
  Value* x = codes_input(m, {1, 1, 2}, Bytes{12, 13}, U8{1, 10});
  Value* y = m.node("Conv", {x, dequantize(m, w, S8{1, 0})}, {{"pads", std::vector<int64_t>{2, 2}}});
  EXPECT_THAT(codes(m, {quantize(m, y, U8{1, 0})}), ElementsAre(2, 5, 5, 3));
}

TEST(NumericsRules, AllExtremesMultiplyExactly) {
  OpModel m;
  Value* x = codes_input(m, {1, 1024}, Bytes(1024, 255), U8{1, 0});
  Value* w = m.constant(Tensor::from<int8_t>({1024, 1}, std::vector<int8_t>(1024, -128)));
  Model model = m.builder.finish({m.node("MatMul", {x, dequantize(m, w, S8{1, 0})})});
  const auto outputs = outputs_of("reference", model, m.inputs);
  EXPECT_THAT(outputs.at(0).as<float>(), ElementsAre(-128.0f * 255 * 1024));
}

TEST(NumericsRules, AScalePerChannelHasAMultiplierPerChannel) {
  OpModel m;
  Value* w = m.constant(Tensor::from<int8_t>({2, 1, 1}, std::vector<int8_t>{3, 3}));
  Value* scales = m.constant(Tensor::from<float>({2}, std::vector<float>{0.5f, 2}));
  Value* zeros = m.constant(Tensor::from<int8_t>({2}, std::vector<int8_t>{0, 1}));
  Value* y = m.node("Conv", {codes_input(m, {1, 1, 2}, Bytes{1, 3}, U8{1, 0}),
                             m.node("DequantizeLinear", {w, scales, zeros}, {{"axis", int64_t{0}}})});
  EXPECT_THAT(codes(m, {quantize(m, y, U8{1, 0})}), ElementsAre(2, 4, 4, 12));
}

TEST(NumericsRules, AddsRoundTiesToEvenWithTheZeroPoint) {
  OpModel m;
  Value *a = row(m, {11, 12, 13, 0, 255}, {1, 10}), *b = row(m, {20, 21, 22, 0, 255}, {1, 20});
  EXPECT_THAT(codes(m, {quantize(m, m.node("Add", {a, b}), U8{2, 3})}), ElementsAre(4, 4, 6, 0, 243));
}

// Found in EfficientNet-Lite0: the exact value is 26.499996 steps. With the zero points inside the sum, as in ONNX Runtime,
// float32 rounds it to 26.5 and up.
TEST(NumericsRules, AddsHaveTheZeroPointsInTheSum) {
  OpModel m;
  Value *a = row(m, {127}, {0.1025962f, 121}), *b = row(m, {147}, {0.2287122f, 121});
  EXPECT_THAT(codes(m, {quantize(m, m.node("Add", {a, b}), U8{0.24762625f, 123})}), ElementsAre(150));
}

TEST(NumericsRules, AddsAbsorbRelu) {
  OpModel m;
  Value *a = row(m, {0, 10, 30}, {1, 10}), *b = row(m, {5, 5, 5}, {1, 5});
  Value* relu = m.node("Relu", {m.node("Add", {a, b})});
  EXPECT_THAT(codes(m, {quantize(m, relu, S8{1, -7})}), ElementsAre(-7, -7, 13));
}

TEST(NumericsRules, ProductsAreExactBeforeTheyAreScaled) {
  OpModel m;
  Value *a = row(m, {0, 255, 11, 13}, {0.5f, 10}), *b = row(m, {0, 255, 1, 1}, {0.5f, 0});
  // (-10 * 0, 245 * 255, 1 * 1, 3 * 1) quarters, in steps of one half
  EXPECT_THAT(codes(m, {quantize(m, m.node("Mul", {a, b}), U8{0.5f, 5})}), ElementsAre(5, 255, 5, 7));
}

TEST(NumericsRules, MeansDivideTheExactSumOnce) {
  OpModel m;
  Value* x = codes_input(m, {1, 3, 1, 2}, Bytes{11, 12, 12, 13, 0, 0}, U8{1, 10});
  EXPECT_THAT(codes(m, {quantize(m, m.node("GlobalAveragePool", {x}), U8{1, 5})}), ElementsAre(7, 7, 0));
  OpModel n;
  Value* y = codes_input(n, {1, 3, 1, 2}, Bytes{11, 12, 12, 13, 0, 0}, U8{1, 10});
  Value* mean = n.node("ReduceMean", {y}, {{"axes", std::vector<int64_t>{2, 3}}, {"keepdims", int64_t{0}}});
  EXPECT_THAT(codes(n, {quantize(n, mean, U8{1, 5})}), ElementsAre(7, 7, 0));
}

TEST(NumericsRules, PaddingCountsInAveragesWhenAsked) {
  for (const int64_t include : {0, 1}) {
    OpModel m;
    Value* x = codes_input(m, {1, 1, 2}, Bytes{18, 14}, U8{1, 10});
    Value* y =
        m.node("AveragePool", {x},
               {{"kernel_shape", std::vector<int64_t>{2}}, {"pads", std::vector<int64_t>{1, 1}}, {"count_include_pad", include}});
    EXPECT_EQ(codes(m, {quantize(m, y, U8{1, 0})}),
              include == 1 ? (std::vector<int64_t>{4, 6, 2}) : (std::vector<int64_t>{8, 6, 4}));
  }
}

// x * Sigmoid(x) over all codes, against the rule written out here.
TEST(NumericsRules, ChainsOfElementwiseNodesAreOneTable) {
  OpModel m;
  std::vector<int8_t> all;
  for (int code = -128; code < 128; ++code) all.push_back(static_cast<int8_t>(code));
  Value* x = codes_input(m, {256}, all, S8{0.05f, -20});
  const auto found = codes(m, {quantize(m, m.node("Mul", {x, m.node("Sigmoid", {x})}), U8{0.03f, 9})});
  ASSERT_EQ(found.size(), 256u);
  for (size_t i = 0; i < 256; ++i) {
    const double real = static_cast<float>(static_cast<int>(all[i]) + 20) * 0.05f;
    const float value = static_cast<float>(real / (1 + std::exp(-real)));
    const double steps = std::nearbyint(value / 0.03f) + 9;
    EXPECT_EQ(found[i], static_cast<int64_t>(std::min(std::max(steps, 0.0), 255.0))) << "code " << static_cast<int>(all[i]);
  }
}

TEST(NumericsRules, TablesRequantizeAndClip) {
  OpModel m;
  Value *low = m.constant(Tensor::scalar(0.0f)), *high = m.constant(Tensor::scalar(6.0f));
  Value* y = m.node("Clip", {row(m, {0, 10, 11, 13, 15, 255}, {0.5f, 10}), low, high});
  EXPECT_THAT(codes(m, {quantize(m, y, U8{1, 1})}), ElementsAre(1, 1, 1, 3, 3, 7));
}

TEST(NumericsRules, MovesKeepTheCodes) {
  OpModel m;
  Bytes all(256);
  for (size_t i = 0; i < 256; ++i) all[i] = static_cast<uint8_t>(i);
  const U8 s{0.0123f, 77};
  Value* y = m.node("Transpose", {m.node("Reshape", {codes_input(m, {256}, all, s), m.ints({16, 16})})});
  const auto found = codes(m, {quantize(m, y, s)});
  ASSERT_EQ(found.size(), 256u);
  for (size_t i = 0; i < 256; ++i) EXPECT_EQ(found[i], static_cast<int64_t>(i % 16 * 16 + i / 16));
}

TEST(NumericsRules, QuantizingFloatsDividesTruly) {
  OpModel m;
  Value* x =
      m.given(Tensor::from<float>({9}, std::vector<float>{0.25f, 0.75f, 1.25f, -0.25f, -100, 100, INFINITY, -INFINITY, NAN}));
  EXPECT_THAT(codes(m, {quantize(m, x, U8{0.5f, 3})}), ElementsAre(3, 5, 5, 3, 0, 203, 255, 0, 0));
}

// What looks at a value between the nodes of a group changes nothing.
TEST(NumericsRules, GroupsAreTheSameWhenTheirInsideIsAnOutput) {
  const auto made = [](bool shown) {
    OpModel m;
    Value* y = unit_conv(m, row(m, {1, 3, 5, 7, 9, 11}, {0.1f, 0}));
    std::vector<Value*> outputs{quantize(m, y, U8{0.2f, 0})};
    if (shown) outputs.push_back(y);
    return codes(m, outputs);
  };
  EXPECT_THAT(made(false), ElementsAre(0, 2, 2, 4, 4, 6));
  EXPECT_EQ(made(true), made(false));
}

// A bias in float32 is added after the sum has become real: the layer then ends in float32.
TEST(NumericsRules, AFloatBiasIsAddedAfterTheScale) {
  OpModel m;
  Value* y = unit_conv(m, row(m, {1, 2}, {0.1f, 0}), {m.constant(Tensor::from<float>({1}, std::vector<float>{0.3f}))});
  Model model = m.builder.finish({y});
  const auto outputs = outputs_of("reference", model, m.inputs);
  EXPECT_THAT(outputs.at(0).as<float>(), ElementsAre(1.0f * 0.1f + 0.3f, 2.0f * 0.1f + 0.3f));
}

}  // namespace
}  // namespace headrace
