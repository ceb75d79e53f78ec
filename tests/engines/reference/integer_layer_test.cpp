// Quantised layers beside ONNX Runtime's exact kernels over random codes: equal, or a step apart where its arithmetic differs
// (docs/numerics.md says where and why).
#include "engines/reference/quantized.h"

namespace headrace {
namespace {

using namespace headrace::testing;
using Ints = std::vector<int64_t>;

struct Shapes {
  Dims x, w;
  std::map<std::string, Attribute> attributes;
};

class IntegerLayer : public AgainstOrt {
 protected:
  CodeDifference difference_of(OpModel& made, Value* output) {
    Model model = made.builder.finish({output});
    const auto ort = outputs_of("ort-exact", model, made.inputs), ours = outputs_of("reference", model, made.inputs);
    return ort.empty() || ours.empty() ? CodeDifference{} : difference(ours[0], ort[0]);
  }
  void expect_equal(OpModel& made, Value* output) {
    const CodeDifference found = difference_of(made, output);
    EXPECT_GT(found.codes, 0u);
    EXPECT_EQ(found.count, 0u) << "by " << found.most;
  }
  // At most one step, in at most `share` of the codes.
  void expect_a_step(OpModel& made, Value* output, double share) {
    const CodeDifference found = difference_of(made, output);
    EXPECT_GT(found.codes, 0u);
    EXPECT_LE(found.most, 1);
    RecordProperty("differing_codes", std::to_string(found.count) + " of " + std::to_string(found.codes));
    EXPECT_LE(static_cast<double>(found.count), share * static_cast<double>(found.codes)) << found.count << " of " << found.codes;
  }
};

// int8 weights with a scale per output channel, the bias in int32 at the sums' scale.
std::vector<Value*> weights(OpModel& m, const Dims& dims, float input_scale) {
  const int64_t channels = dims[0];
  size_t count = 1;
  for (const int64_t extent : dims) count *= static_cast<size_t>(extent);
  const Tensor scales = m.random.uniform({channels}, 0.002f, 0.01f), offsets = m.random.uniform({channels}, -3000, 3000);
  std::vector<float> bias_scales;
  std::vector<int32_t> bias;
  for (const float scale : scales.as<float>()) bias_scales.push_back(input_scale * scale);
  for (const float offset : offsets.as<float>()) bias.push_back(static_cast<int32_t>(offset));
  Value* zeros = m.constant(Tensor::from<int8_t>({channels}, std::vector<int8_t>(static_cast<size_t>(channels), 0)));
  const std::map<std::string, Attribute> axis{{"axis", int64_t{0}}};
  Value* codes = m.constant(Tensor::from<int8_t>(dims, random_codes<int8_t>(m, count)));
  return {m.node("DequantizeLinear", {codes, m.constant(scales), zeros}, axis),
          m.node("DequantizeLinear",
                 {m.constant(Tensor::from<int32_t>({channels}, bias)), m.constant(Tensor::from<float>({channels}, bias_scales))},
                 axis)};
}

Value* conv(OpModel& m, const Shapes& shapes, U8 input) {
  Value* x = random_input(m, shapes.x, input);
  const auto w = weights(m, shapes.w, input.scale);
  return m.node("Conv", {x, w[0], w[1]}, shapes.attributes);
}

const std::vector<Shapes>& conv_shapes() {
  static const std::vector<Shapes> shapes{
      {{1, 16, 7, 9}, {24, 16, 1, 1}, {}},
      {{2, 3, 15, 14}, {8, 3, 3, 3}, {{"strides", Ints{2, 2}}, {"pads", Ints{0, 0, 1, 1}}}},
      {{1, 3, 20, 20}, {5, 3, 7, 7}, {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}}},
      {{1, 10, 9, 9}, {10, 1, 3, 3}, {{"group", int64_t{10}}, {"pads", Ints{1, 1, 1, 1}}}},
      {{2, 8, 11, 8}, {8, 1, 5, 5}, {{"group", int64_t{8}}, {"strides", Ints{2, 1}}, {"pads", Ints{2, 2, 2, 2}}}},
      {{1, 6, 12, 12}, {9, 2, 3, 3}, {{"group", int64_t{3}}, {"dilations", Ints{2, 2}}, {"pads", Ints{2, 2, 2, 2}}}}};
  return shapes;
}

TEST_F(IntegerLayer, ConvolutionsAreEqual) {
  for (const Shapes& shapes : conv_shapes())
    for (const uint8_t zero : {0, 7, 128, 255}) {
      SCOPED_TRACE(to_string(shapes.w) + ", zero point " + std::to_string(zero));
      OpModel m;
      expect_equal(m, quantize(m, conv(m, shapes, {0.03f, zero}), U8{0.05f, 117}));
    }
}

TEST_F(IntegerLayer, ConvolutionsWithReluAreEqual) {
  for (const Shapes& shapes : conv_shapes()) {
    OpModel m;
    expect_equal(m, quantize(m, m.node("Relu", {conv(m, shapes, {0.03f, 9})}), U8{0.04f, 0}));
  }
}

TEST_F(IntegerLayer, GemmIsEqual) {
  for (const U8 input : {U8{0.03f, 0}, U8{0.02f, 131}}) {
    OpModel m;
    Value* x = random_input(m, {5, 37}, input);
    const auto w = weights(m, {11, 37}, input.scale);
    expect_equal(m, quantize(m, m.node("Gemm", {x, w[0], w[1]}, {{"transB", int64_t{1}}}), U8{0.06f, 99}));
  }
}

TEST_F(IntegerLayer, GemmThatEndsInFloatIsNear) {
  OpModel m;
  Value* x = random_input(m, {5, 64}, U8{0.03f, 77});
  const auto w = weights(m, {10, 64}, 0.03f);
  expect_same(m, {m.node("Gemm", {x, w[0], w[1]}, {{"transB", int64_t{1}}})}, 1e-6f);
}

TEST_F(IntegerLayer, MatMulIsEqual) {
  for (const Dims& dims : {Dims{7, 24}, Dims{2, 3, 24}}) {
    OpModel m;
    Value* x = random_input(m, dims, U8{0.03f, 100});
    Value* w = m.constant(Tensor::from<int8_t>({24, 10}, random_codes<int8_t>(m, 240)));
    expect_equal(m, quantize(m, m.node("MatMul", {x, dequantize(m, w, S8{0.01f, 0})}), U8{0.05f, 120}));
  }
}

// Scales whose ratios are not round, so that exact halves do not occur; the next test has them in plenty.
constexpr U8 kA{0.0313f, 120}, kB{0.0171f, 33};

TEST_F(IntegerLayer, SumsAreEqualButForNearTies) {
  for (const U8 out : {U8{0.0511f, 0}, U8{0.0437f, 101}}) {
    OpModel m;
    expect_a_step(m, quantize(m, m.node("Add", {random_input(m, {64, 3000}, kA), random_input(m, {64, 3000}, kB)}), out), 1e-4);
  }
}

TEST_F(IntegerLayer, ProductsAreEqualButForNearTies) {
  OpModel m;
  expect_a_step(
      m, quantize(m, m.node("Mul", {random_input(m, {64, 3000}, kA), random_input(m, {64, 3000}, kB)}), U8{0.0411f, 101}), 1e-4);
}

// Sums are multiples of 1/50 of a step, so every fiftieth is a tie; means of nine are multiples of 1/6.
TEST_F(IntegerLayer, TiesDifferByAStep) {
  OpModel m;
  Value *a = random_input(m, {64, 300}, U8{0.031f, 120}), *b = random_input(m, {64, 300}, U8{0.017f, 33});
  expect_a_step(m, quantize(m, m.node("Add", {a, b}), U8{0.05f, 101}), 1.0 / 50);
  OpModel n;
  Value* pool = n.node("AveragePool", {random_input(n, {1, 8, 20, 20}, U8{0.03f, 5})}, {{"kernel_shape", Ints{3, 3}}});
  expect_a_step(n, quantize(n, pool, U8{0.02f, 3}), 1.0 / 6);
}

TEST_F(IntegerLayer, GlobalMeansAreEqual) {
  for (const U8 out : {U8{0.03f, 3}, U8{0.0217f, 0}}) {
    OpModel m;
    expect_equal(m, quantize(m, m.node("GlobalAveragePool", {random_input(m, {4, 200, 7, 7}, U8{0.03f, 5})}), out));
  }
}

TEST_F(IntegerLayer, WindowMeansAreEqualButForNearTies) {
  for (const int64_t include : {0, 1}) {
    OpModel m;
    Value* pool = m.node("AveragePool", {random_input(m, {1, 16, 40, 40}, U8{0.0313f, 5})},
                         {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}, {"count_include_pad", include}});
    expect_a_step(m, quantize(m, pool, U8{0.0217f, 3}), 1e-3);
  }
}

TEST_F(IntegerLayer, TablesDifferByAStepAtMost) {
  for (const std::string op : {"Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Erf"}) {
    SCOPED_TRACE(op);
    OpModel m;
    std::vector<uint8_t> all;
    for (int code = 0; code < 256; ++code) all.push_back(static_cast<uint8_t>(code));
    expect_a_step(m, quantize(m, m.node(op, {codes_input(m, {256}, all, U8{0.0411f, 120})}), U8{0.0131f, 90}), 0.01);
  }
}

TEST_F(IntegerLayer, MovesAndMaximaAreEqual) {
  const U8 s{0.031f, 12};
  OpModel m;
  Value* pool = m.node("MaxPool", {random_input(m, {1, 4, 9, 9}, s)}, {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}});
  expect_equal(m, quantize(m, pool, s));
  OpModel n;
  Value *a = random_input(n, {1, 3, 5, 5}, s), *b = random_input(n, {1, 2, 5, 5}, U8{0.05f, 99});
  expect_equal(n, quantize(n, n.node("Concat", {a, b}, {{"axis", int64_t{1}}}), s));
}

TEST_F(IntegerLayer, QuantizingFloatsIsEqual) {
  OpModel m;
  expect_equal(m, quantize(m, m.input({20000}, -4, 5), U8{0.031f, 120}));
  OpModel n;  // per channel, as a lattice input
  Value* scales = n.constant(Tensor::from<float>({3}, std::vector<float>{0.017f, 0.018f, 0.02f}));
  Value* zeros = n.constant(Tensor::from<uint8_t>({3}, std::vector<uint8_t>{124, 116, 104}));
  expect_equal(n, n.node("QuantizeLinear", {n.input({2, 3, 40, 40}), scales, zeros}, {{"axis", int64_t{1}}}));
}

}  // namespace
}  // namespace headrace
