// Quantised files in forms that other tools write: the reference engine's bits, or a refusal; never a wrong answer.
#include <cmath>

#include "engines/models.h"
#include "engines/native/against_reference.h"
#include "engines/native/net.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;
using Attributes = std::map<std::string, Attribute>;

// A model of single nodes over one picture of codes [N, 3, 9, 10].
class Foreign {
 public:
  Foreign() : x_(dequantized(quantized(b_.input("x", {-1, 3, 9, 10}), 0.02f, 117), 0.02f, 117)) {}

  Value* x() { return x_; }
  ModelBuilder& builder() { return b_; }
  template <typename T>
  Value* constant(Dims dims, const std::vector<T>& values) {
    return b_.constant("c" + std::to_string(count_++), Tensor::from<T>(std::move(dims), values));
  }
  Value* scalar(float value) { return constant<float>({}, {value}); }
  Value* quantized(Value* value, float scale, uint8_t zero) {
    return b_.node("QuantizeLinear", {value, scalar(scale), constant<uint8_t>({}, {zero})});
  }
  Value* dequantized(Value* codes, float scale, uint8_t zero) {
    return b_.node("DequantizeLinear", {codes, scalar(scale), constant<uint8_t>({}, {zero})});
  }
  Value* requantized(Value* value, float scale = 0.1f, uint8_t zero = 101) {
    return dequantized(quantized(value, scale, zero), scale, zero);
  }
  // Small random codes around `centre`.
  template <typename T>
  Value* codes(const Dims& dims, int centre) {
    std::vector<T> values;
    int64_t count = 1;
    for (const int64_t extent : dims) count *= extent;
    const Tensor random = random_.uniform({count}, -60, 60);
    for (const float value : random.as<float>()) values.push_back(static_cast<T>(centre + static_cast<int>(value)));
    return constant<T>(dims, values);
  }
  Value* weights() {
    return b_.node("DequantizeLinear", {codes<int8_t>({5, 3, 3, 3}, 0), scalar(0.01f), constant<int8_t>({}, {0})});
  }
  Value* conv(std::vector<Value*> operands, Attributes attributes = {{"pads", Ints{1, 1, 1, 1}}}) {
    return b_.node("Conv", std::move(operands), std::move(attributes), "layer_" + std::to_string(count_++));
  }
  void expect_bits(const std::vector<Value*>& outputs) {
    Model model = b_.finish(outputs);
    const std::vector<Inputs> runs{random_inputs(model, 1), random_inputs(model, 3)};
    expect_reference_bits(std::move(model), runs);
  }

 private:
  ModelBuilder b_;
  Random random_{11};
  int count_ = 0;
  Value* x_;
};

TEST(NativeForeignFiles, OneWeightScaleAndNoBias) {
  Foreign m;
  m.expect_bits({m.requantized(m.conv({m.x(), m.weights()}))});
}

TEST(NativeForeignFiles, UnsignedWeightsAroundTheMiddle) {
  Foreign m;
  Value* w = m.dequantized(m.codes<uint8_t>({5, 3, 3, 3}, 128), 0.01f, 128);
  m.expect_bits({m.requantized(m.conv({m.x(), w}))});
}

TEST(NativeForeignFiles, WeightsWithZeroPoints) {
  Foreign m;
  Value* unsigned_weights = m.dequantized(m.codes<uint8_t>({5, 3, 3, 3}, 90), 0.01f, 97);
  Value* zeros = m.constant<int8_t>({5}, {-3, 0, 7, 20, -40});
  Value* scales = m.constant<float>({5}, {0.01f, 0.02f, 0.013f, 0.017f, 0.019f});
  Value* per_channel =
      m.builder().node("DequantizeLinear", {m.codes<int8_t>({5, 3, 3, 3}, 0), scales, zeros}, {{"axis", int64_t{0}}});
  m.expect_bits({m.requantized(m.conv({m.x(), unsigned_weights})), m.requantized(m.conv({m.x(), per_channel}))});
}

TEST(NativeForeignFiles, SumsThatStayFloat) {
  Foreign m;
  m.expect_bits({m.conv({m.x(), m.weights()}), m.builder().node("Relu", {m.conv({m.x(), m.weights()})})});
}

TEST(NativeForeignFiles, ClipsWithALowerBound) {
  Foreign m;
  m.expect_bits({m.requantized(m.builder().node("Clip", {m.conv({m.x(), m.weights()}), m.scalar(-3), m.scalar(2)}))});
}

TEST(NativeForeignFiles, MatricesWithOutputsLast) {
  Foreign m;
  const Attributes last{{"axis", int64_t{1}}};
  const auto weights = [&] {
    return m.builder().node("DequantizeLinear",
                            {m.codes<int8_t>({3, 4}, 0), m.constant<float>({4}, {0.01f, 0.02f, 0.013f, 0.017f}),
                             m.constant<int8_t>({4}, {0, 0, 0, 0})},
                            last);
  };
  Value* flat = m.requantized(
      m.builder().node("Flatten", {m.requantized(m.builder().node("GlobalAveragePool", {m.x()}), 0.02f, 117)}), 0.02f, 117);
  m.expect_bits({m.requantized(m.builder().node("MatMul", {flat, weights()})), m.builder().node("Gemm", {flat, weights()})});
}

TEST(NativeForeignFiles, MeansByReduceMean) {
  Foreign m;
  Value* mean = m.builder().node("ReduceMean", {m.x()}, {{"axes", Ints{-1, 2}}, {"keepdims", int64_t{0}}});
  m.expect_bits({m.requantized(mean, 0.013f, 120)});
}

TEST(NativeForeignFiles, LatticeInputs) {
  Foreign m;
  Value* x = m.builder().input("lattice", {-1, 3, 9, 10});
  Value* codes = m.builder().node("QuantizeLinear",
                                  {x, m.constant<float>({3}, {0.017f, 0.018f, 0.02f}), m.constant<uint8_t>({3}, {124, 116, 104})},
                                  {{"axis", int64_t{1}}});
  m.expect_bits(
      {m.requantized(m.conv({m.dequantized(codes, 0.018f, 115), m.weights()})), m.requantized(m.conv({m.x(), m.weights()}))});
}

TEST(NativeForeignFiles, EnlargementsThatRepeatPixels) {
  using Modes = std::pair<std::string, std::string>;
  for (const auto& [coordinates, rounding] :
       {Modes{"asymmetric", "floor"}, Modes{"asymmetric", "round_prefer_floor"}, Modes{"half_pixel", "round_prefer_floor"},
        Modes{"half_pixel", "round_prefer_ceil"}, Modes{"pytorch_half_pixel", "round_prefer_floor"}}) {
    SCOPED_TRACE(coordinates + ", " + rounding);
    const float across = coordinates == "asymmetric" ? 2 : 3;
    Foreign m;
    Value* y = m.builder().node("Resize", {m.x(), nullptr, m.constant<float>({4}, {1, 1, 2, across})},
                                {{"coordinate_transformation_mode", coordinates}, {"nearest_mode", rounding}});
    m.expect_bits({m.requantized(y, 0.02f, 117)});
  }
}

TEST(NativeForeignFiles, InputsThatAreNoNumbers) {
  for (const bool by_the_import : {true, false}) {
    Foreign m;
    Value* x = m.builder().input("odd", {-1, 2, 3, 4});
    Value* y = m.requantized(x, 0.5f, 3);
    Model model = m.builder().finish(by_the_import ? std::vector<Value*>{y} : std::vector<Value*>{y, m.requantized(x, 0.25f, 9)});
    Inputs inputs = random_inputs(model, 1);
    const float odd[] = {INFINITY, -INFINITY, NAN,   -NAN,   1e30f,  -1e30f, 3e9f,   -3e9f,
                         0.25f,    0.75f,     -0.0f, 1e-42f, 63.75f, 126.0f, 126.25f};
    std::copy(std::begin(odd), std::end(odd), inputs.back().as_mutable<float>().begin());
    expect_reference_bits(std::move(model), {inputs});
  }
}

// The same codes read with two meanings, each padded with its own zero.
TEST(NativeForeignFiles, CodesWithTwoReadings) {
  Foreign m;
  Value* codes = m.quantized(m.builder().node("Relu", {m.x()}), 0.01f, 13);
  m.expect_bits({m.requantized(m.conv({m.dequantized(codes, 0.01f, 13), m.weights()})),
                 m.requantized(m.conv({m.dequantized(codes, 0.03f, 200), m.weights()}))});
}

TEST(NativeForeignFiles, CornersThatSaturateElsewhere) {
  Foreign m;
  Value* x = m.dequantized(m.quantized(m.builder().input("all", {-1, 80, 6, 6}), 1e-9f, 0), 1, 0);  // 0 or 255
  std::vector<int8_t> values;
  for (int i = 0; i < 32 * 80 * 9; ++i)
    values.push_back(static_cast<int8_t>(i / 720 % 3 == 0 ? 127 : i / 720 % 3 == 1 ? -128 : i % 2 == 0 ? 127 : -128));
  Value* w = m.builder().node("DequantizeLinear",
                              {m.constant<int8_t>({32, 80, 3, 3}, values), m.scalar(1), m.constant<int8_t>({}, {0})});
  m.expect_bits({m.requantized(m.conv({x, w}), 91234.5f, 128), m.conv({x, w}), m.requantized(m.x())});
}

// Where a sum is wanted in float32 as well, the engine quantises that float; the reference requantises the sum. A step at most.
TEST(NativeForeignFiles, SumsReadTwiceDifferByAStepAtMost) {
  Foreign m;
  Value* y = m.conv({m.x(), m.weights()});
  Model model = m.builder().finish({y, m.requantized(y, 0.01f)});
  const Inputs inputs = random_inputs(model, 20);
  const auto native = load_model("native", model, 1), reference = load_model("reference", model, 1);
  ASSERT_OK(native);
  ASSERT_OK(reference);
  const Inputs found = outputs_of(**native, inputs), expected = outputs_of(**reference, inputs);
  EXPECT_TRUE(found.at(0).same_bits(expected.at(0)));
  size_t different = 0;
  for (size_t i = 0; i < found.at(1).size(); ++i) {
    const float step = std::fabs(found[1].as<float>()[i] - expected.at(1).as<float>()[i]);
    ASSERT_LT(step, 0.0101f);
    different += step != 0 ? 1 : 0;
  }
  EXPECT_LE(different, found[1].size() / 100);
  RecordProperty("different", static_cast<int>(different));
}

// --- What the engine must not take for something else.

std::string refusal(Foreign& m, const std::vector<Value*>& outputs) {
  Model model = m.builder().finish(outputs);
  const auto session = load_model("native", model, 1);
  if (!session.ok()) return session.error().describe();
  std::vector<Tensor> answers;
  const Status status = (*session)->run(random_inputs(model, 1), answers);
  return status.ok() ? "it ran" : status.error().describe();
}

TEST(NativeForeignFiles, ABiasOfAnotherScaleIsRefused) {
  Foreign m;
  Value* bias = m.builder().node("DequantizeLinear", {m.constant<int32_t>({5}, {100, -200, 300, 400, 500}), m.scalar(0.5f)});
  EXPECT_THAT(refusal(m, {m.requantized(m.conv({m.x(), m.weights(), bias}))}), ::testing::HasSubstr("'layer_"));
}

TEST(NativeForeignFiles, ABiasWithAZeroPointIsRefused) {
  Foreign m;
  Value* bias = m.builder().node("DequantizeLinear", {m.constant<int32_t>({5}, {100, -200, 300, 400, 500}),
                                                      m.scalar(0.02f * 0.01f), m.constant<int32_t>({}, {50})});
  EXPECT_THAT(refusal(m, {m.requantized(m.conv({m.x(), m.weights(), bias}))}), ::testing::HasSubstr("'layer_"));
}

TEST(NativeForeignFiles, GeometryWithoutSenseIsRefused) {
  for (const Attributes& attributes : {Attributes{{"strides", Ints{0, 1}}}, Attributes{{"dilations", Ints{1, 0}}},
                                       Attributes{{"pads", Ints{-1, 0, 0, 0}}}, Attributes{{"group", int64_t{0}}},
                                       Attributes{{"group", int64_t{3}}}, Attributes{{"strides", Ints{int64_t{1} << 32, 1}}}}) {
    SCOPED_TRACE(attributes.begin()->first);
    Foreign m;
    EXPECT_NE(refusal(m, {m.requantized(m.conv({m.x(), m.weights()}, attributes))}), "it ran");
  }
  for (const Attributes& attributes :
       {Attributes{{"kernel_shape", Ints{2, 2}}, {"strides", Ints{0, 1}}}, Attributes{{"kernel_shape", Ints{0, 2}}},
        Attributes{{"kernel_shape", Ints{2, 2}}, {"pads", Ints{-1, 0, 0, 0}}}}) {
    Foreign m;
    EXPECT_NE(refusal(m, {m.builder().node("MaxPool", {m.x()}, attributes, "the_layer")}), "it ran");
  }
}

TEST(NativeForeignFiles, CountsThatDoNotFitAreRefused) {
  Foreign scales;  // four for three channels
  Value* codes = scales.builder().node("QuantizeLinear",
                                       {scales.builder().input("y", {-1, 3, 4, 4}), scales.constant<float>({4}, {1, 2, 3, 4}),
                                        scales.constant<uint8_t>({4}, {1, 2, 3, 4})},
                                       {{"axis", int64_t{1}}});
  EXPECT_NE(refusal(scales, {scales.dequantized(codes, 1, 3)}), "it ran");
  Foreign zeros;  // five for four channels, in float32
  Value* w = zeros.builder().node("DequantizeLinear",
                                  {zeros.codes<int8_t>({4, 3, 1, 1}, 0), zeros.constant<float>({4}, {1, 1, 1, 1}),
                                   zeros.constant<int8_t>({5}, {0, 1, 2, 3, 4})},
                                  {{"axis", int64_t{0}}});
  EXPECT_NE(refusal(zeros, {zeros.conv({zeros.x(), w}, {})}), "it ran");
  Foreign bias;  // two for five outputs
  EXPECT_NE(refusal(bias, {bias.conv({bias.x(), bias.weights(), bias.constant<float>({2}, {1, 2})})}), "it ran");
  Foreign shapes;  // a kernel that is not the weights'
  EXPECT_NE(refusal(shapes, {shapes.conv({shapes.x(), shapes.weights()}, {{"kernel_shape", Ints{5, 5}}})}), "it ran");
  Foreign channels;
  EXPECT_NE(refusal(channels, {channels.conv({channels.conv({channels.x(), channels.weights()}), channels.weights()})}),
            "it ran");
  Foreign matrix;
  Value* flat = matrix.builder().node("Flatten", {matrix.x()});
  EXPECT_NE(refusal(matrix, {matrix.builder().node("Gemm", {flat, matrix.constant<float>({7, 2}, std::vector<float>(14, 1))})}),
            "it ran");
}

// The engine knows pictures and vectors: other ranks are refused, or come out as they are in the model.
TEST(NativeForeignFiles, OutputsOfOtherRanks) {
  Foreign m;
  Value* mean = m.builder().node("GlobalAveragePool", {m.x()});
  Model model = m.builder().finish({m.builder().node("Squeeze", {mean, m.constant<int64_t>({1}, {3})}, {}, "rank_three")});
  const auto session = load_model("native", model, 1);
  if (!session.ok()) {
    EXPECT_ERROR(session, "rank_three");
    return;
  }
  EXPECT_EQ(outputs_of(**session, random_inputs(model, 2)).at(0).dims(), (Dims{2, 3, 1}));
}

}  // namespace
}  // namespace headrace
