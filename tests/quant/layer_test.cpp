#include "quant/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;

Tensor counting(Dims dims) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(dims));
  std::iota(tensor.as_mutable<float>().begin(), tensor.as_mutable<float>().end(), 0.0f);
  return tensor;
}

struct Case {
  const char* op;
  Dims input, weight;
  std::map<std::string, Attribute> attributes;
};

class WeightRowsTest : public ::testing::TestWithParam<Case> {};

TEST_P(WeightRowsTest, GoAndComeBack) {
  ModelBuilder b;
  Value* y = b.node(GetParam().op, {b.input("x", GetParam().input), b.constant("w", counting(GetParam().weight))},
                    GetParam().attributes);
  Model model = b.finish({y});
  const auto layer = as_weighted_layer(y->producer());
  ASSERT_TRUE(layer.has_value());
  const WeightRows form = weight_rows(*layer);
  EXPECT_EQ(form.rows, layer->channels());
  EXPECT_EQ(static_cast<size_t>(form.rows * form.columns), layer->weight->constant().size());
  EXPECT_TRUE(from_rows(*layer, form, form.values).same_bits(layer->weight->constant()));
}

INSTANTIATE_TEST_SUITE_P(Ops, WeightRowsTest,
                         ::testing::Values(Case{"Conv", {1, 4, 8, 8}, {6, 4, 3, 3}, {}},
                                           Case{"Conv", {1, 4, 8, 8}, {6, 2, 3, 1}, {{"group", int64_t{2}}}},
                                           Case{"ConvTranspose", {1, 4, 8, 8}, {4, 3, 2, 2}, {{"group", int64_t{2}}}},
                                           Case{"Gemm", {1, 5}, {7, 5}, {{"transB", int64_t{1}}}},
                                           Case{"Gemm", {1, 5}, {5, 7}, {}}, Case{"MatMul", {1, 3, 5}, {5, 7}, {}}));

TEST(WeightRows, RunOverTapsThenChannels) {
  ModelBuilder b;
  Value* y = b.node("Conv", {b.input("x", {1, 2, 4, 4}), b.constant("w", counting({1, 2, 1, 3}))});
  Model model = b.finish({y});
  const WeightRows form = weight_rows(*as_weighted_layer(y->producer()));
  EXPECT_THAT(form.values, ::testing::ElementsAre(0, 3, 1, 4, 2, 5));  // (kw, ic)
}

TEST(InputChannel, CountsThroughGroups) {
  ModelBuilder b;
  Value* y = b.node("Conv", {b.input("x", {1, 4, 4, 4}), b.constant("w", counting({4, 2, 1, 1}))}, {{"group", int64_t{2}}});
  Model model = b.finish({y});
  const auto layer = as_weighted_layer(y->producer());
  const WeightRows form = weight_rows(*layer);
  EXPECT_EQ(input_channel(*layer, form, 0, 1), 1);
  EXPECT_EQ(input_channel(*layer, form, 3, 0), 2);
}

TEST(AsWeightedLayer, RefusesWhatItCannotQuantise) {
  ModelBuilder b;
  Value* x = b.input("x", {5, 5});
  Value* activations = b.node("MatMul", {x, x});
  Value* scaled = b.node("Gemm", {x, b.constant("w", counting({5, 5}))}, {{"alpha", 2.0f}});
  Value* transposed = b.node("Gemm", {x, b.constant("w", counting({5, 5}))}, {{"transA", int64_t{1}}});
  Model model = b.finish({activations, scaled, transposed});
  for (const auto& node : model.graph->nodes()) EXPECT_FALSE(as_weighted_layer(node.get()).has_value()) << node->describe();
}

}  // namespace
}  // namespace headrace
