#include <cmath>
#include <functional>

#include "passes/pass_test.h"
#include "passes/reference_ops.h"

namespace headrace {
namespace {

using namespace testing;

struct NormValues {
  Tensor gamma, beta, mean, variance;
};

NormValues norm_values(int64_t channels) {
  Random random(7);
  return {random.uniform({channels}, 0.5f, 2), random.normal({channels}), random.normal({channels}),
          random.uniform({channels}, 0.2f, 3)};
}

Value* norm(ModelBuilder& b, Value* x, const NormValues& v, std::map<std::string, Attribute> attributes = {}) {
  return b.node(
      "BatchNormalization",
      {x, b.constant("gamma", v.gamma), b.constant("beta", v.beta), b.constant("mean", v.mean), b.constant("var", v.variance)},
      std::move(attributes));
}

// The definition, applied to [C, L] (channel = row) or [R, C] (channel = column).
Doubles normalized(Doubles y, const NormValues& v, size_t channels, bool channels_last) {
  const size_t inner = channels_last ? 1 : y.size() / channels;
  for (size_t i = 0; i < y.size(); ++i) {
    const size_t c = i / inner % channels;
    y[i] = (y[i] - at(v.mean, c)) / std::sqrt(at(v.variance, c) + static_cast<double>(1e-5f)) * at(v.gamma, c) + at(v.beta, c);
  }
  return y;
}

void expect_close(const Doubles& actual, const Doubles& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 2e-6 * (1 + std::abs(expected[i]))) << i;
}

const Node& only_node(const Model& model) {
  EXPECT_EQ(model.graph->nodes().size(), 1u) << ops_of(model);
  return *model.graph->nodes()[0];
}

Tensor bias_of(const Node& node) { return node.input(2) == nullptr ? Tensor() : node.input(2)->constant(); }

TEST(FoldBatchNorm, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 1, 4, 4});
  Value* y =
      b.node("Conv", {x, floats(b, "conv.weight", {2, 1, 1, 2}, {1, 2, 3, 4}), floats(b, "conv.bias", {2}, {1, -1})}, {}, "y");
  NormValues v{Tensor::from(Dims{2}, std::vector<float>{2, 3}), Tensor::from(Dims{2}, std::vector<float>{0.5f, 0}),
               Tensor::from(Dims{2}, std::vector<float>{1, -2}), Tensor::from(Dims{2}, std::vector<float>{4, 0.25f})};
  Value* z = b.node("Relu", {norm(b, y, v, {{"epsilon", 0.0f}})});
  expect_golden("fold_batch_norm", "fold_batch_norm", b.finish({z}));
}

TEST(FoldBatchNorm, ConvWithAndWithoutGroupsAndBias) {
  for (const int64_t groups : {1, 2, 4})
    for (const bool with_bias : {false, true}) {
      Random random;
      const Tensor x = random.normal({4, 9}), w = random.normal({8, 4 / groups, 3}),
                   bias = with_bias ? random.normal({8}) : Tensor();
      const auto v = norm_values(8);
      ModelBuilder b;
      Value* y = b.node("Conv", {b.input("x", {1, 4, 9}), b.constant("w", w)}, {{"group", groups}});
      if (with_bias) b.graph().set_input(y->producer(), 2, b.constant("b", bias));
      Model model = b.finish({norm(b, y, v)});
      ASSERT_EQ(run_pass("fold_batch_norm", model), 1);
      const Node& conv_node = only_node(model);
      expect_close(conv(x, conv_node.input(1)->constant(), bias_of(conv_node), groups),
                   normalized(conv(x, w, bias, groups), v, 8, false));
    }
}

TEST(FoldBatchNorm, ConvTransposeMindsGroups) {
  for (const int64_t groups : {1, 2}) {
    Random random;
    const Tensor x = random.normal({4, 5}), w = random.normal({4, 3, 2});
    const int64_t channels = 3 * groups;
    const auto v = norm_values(channels);
    ModelBuilder b;
    Value* y = b.node("ConvTranspose", {b.input("x", {1, 4, 5}), b.constant("w", w)}, {{"group", groups}});
    Model model = b.finish({norm(b, y, v)});
    ASSERT_EQ(run_pass("fold_batch_norm", model), 1);
    const Node& node = only_node(model);
    expect_close(conv_transpose(x, node.input(1)->constant(), bias_of(node), groups),
                 normalized(conv_transpose(x, w, {}, groups), v, static_cast<size_t>(channels), false));
  }
}

TEST(FoldBatchNorm, GemmWithTransposeAlphaAndBeta) {
  for (const bool transposed : {false, true})
    for (const int64_t bias_size : {0, 1, 3}) {
      Random random;
      const Tensor x = random.normal({2, 5}), w = random.normal(transposed ? Dims{3, 5} : Dims{5, 3});
      const Tensor bias = bias_size > 0 ? random.normal({bias_size}) : Tensor();
      const auto v = norm_values(3);
      ModelBuilder b;
      Value* y = b.node("Gemm", {b.input("x", {-1, 5}), b.constant("w", w)},
                        {{"transB", int64_t{transposed}}, {"alpha", 0.5f}, {"beta", 3.0f}});
      if (bias_size > 0) b.graph().set_input(y->producer(), 2, b.constant("b", bias));
      Model model = b.finish({norm(b, y, v)});
      ASSERT_EQ(run_pass("fold_batch_norm", model), 1);
      const Node& node = only_node(model);
      EXPECT_EQ(node.attribute("beta"), nullptr);
      expect_close(gemm(x, node.input(1)->constant(), bias_of(node), transposed, 0.5, 1),
                   normalized(gemm(x, w, bias, transposed, 0.5, 3), v, 3, true));
    }
}

TEST(FoldBatchNorm, MatMulBecomesGemm) {
  Random random;
  const Tensor x = random.normal({2, 5}), w = random.normal({5, 3});
  const auto v = norm_values(3);
  ModelBuilder b;
  Model model = b.finish({norm(b, b.node("MatMul", {b.input("x", {-1, 5}), b.constant("w", w)}), v)});
  ASSERT_EQ(run_pass("fold_batch_norm", model), 1);
  const Node& node = only_node(model);
  EXPECT_EQ(node.op_type, "Gemm");
  expect_close(gemm(x, node.input(1)->constant(), bias_of(node), false, 1, 1),
               normalized(gemm(x, w, {}, false, 1, 1), v, 3, true));
}

TEST(FoldBatchNorm, KeepsTheNameOfAGraphOutputAndSharedWeights) {
  ModelBuilder b;
  Value* w = b.constant("w", Random().normal({3, 2, 1}));
  const Tensor original = w->constant();
  Value* x = b.input("x", {-1, 2, 4});
  Value* first = norm(b, b.node("Conv", {x, w}), norm_values(3));
  Value* second = b.node("Conv", {x, w});
  Model model = b.finish({first, second});
  ASSERT_EQ(run_pass("fold_batch_norm", model), 1);
  EXPECT_EQ(ops_of(model), "Conv Conv");
  EXPECT_EQ(model.graph->outputs()[0]->name(), "batchnormalization_1");
  EXPECT_TRUE(model.graph->nodes()[1]->input(1)->constant().same_bits(original));
  EXPECT_FALSE(model.graph->nodes()[0]->input(1)->constant().same_bits(original));
}

// A Conv with BatchNormalization behind it, spoilt in one way or another.
Model conv_and_norm(const std::function<void(ModelBuilder&, Value* conv, Node& norm)>& spoil) {
  ModelBuilder b;
  Value* y = b.node("Conv", {typed(b.input("x", {-1, 2, 4}), {-1, 2, 4}), b.constant("w", Random().normal({3, 2, 1}))});
  Value* z = b.node("Relu", {norm(b, typed(y, {-1, 3, 4}), norm_values(3))});
  spoil(b, y, *z->producer()->input(0)->producer());
  Model model = b.finish({z});
  model.opsets["com.example"] = 1;
  return model;
}

TEST(FoldBatchNorm, LeavesWhatItMust) {
  expect_unchanged("fold_batch_norm",
                   conv_and_norm([](ModelBuilder&, Value*, Node& n) { n.attributes["training_mode"] = int64_t{1}; }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value* y, Node&) { b.node("Abs", {y}); }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value* y, Node&) { b.graph().add_output(y); }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder&, Value* y, Node&) { y->pin(); }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value* y, Node&) {
                     b.graph().set_input(y->producer(), 1, b.input("dynamic weights", {3, 2, 1}));
                   }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value* y, Node&) {
                     b.graph().add_input(y->producer()->input(1));  // a default that the caller may override
                   }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value*, Node& n) {
                     b.graph().set_input(&n, 4, floats(b, "negative", {3}, {1, -1, 1}));
                   }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder& b, Value* y, Node&) {
                     b.graph().set_input(y->producer(), 1, b.constant("half", Tensor::allocate(DType::kFloat16, {3, 2, 1})));
                   }));
  expect_unchanged("fold_batch_norm", conv_and_norm([](ModelBuilder&, Value*, Node& n) { n.domain = "com.example"; }));
}

TEST(LowerBatchNorm, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 2, 4, 4});
  NormValues v{Tensor::from(Dims{2}, std::vector<float>{2, 3}), Tensor::from(Dims{2}, std::vector<float>{0.5f, 0}),
               Tensor::from(Dims{2}, std::vector<float>{1, -2}), Tensor::from(Dims{2}, std::vector<float>{4, 0.25f})};
  expect_golden("lower_batch_norm", "lower_batch_norm", b.finish({typed(norm(b, x, v, {{"epsilon", 0.0f}}), {-1, 2, 4, 4})}));
}

TEST(LowerBatchNorm, LeavesTrainingAndUnknownRanks) {
  expect_unchanged("lower_batch_norm",
                   conv_and_norm([](ModelBuilder&, Value*, Node& n) { n.attributes["training_mode"] = int64_t{1}; }));
  expect_unchanged("lower_batch_norm", conv_and_norm([](ModelBuilder&, Value* y, Node&) { y->shape.reset(); }));
  expect_unchanged("lower_batch_norm", conv_and_norm([](ModelBuilder&, Value* y, Node&) { y->dtype = DType::kFloat16; }));
}

}  // namespace
}  // namespace headrace
