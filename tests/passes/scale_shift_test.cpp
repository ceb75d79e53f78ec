#include <cmath>

#include "passes/pass_test.h"
#include "passes/reference_ops.h"

namespace headrace {
namespace {

using namespace testing;

TEST(FoldScaleShift, Golden) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 1, 4, 4});
  Value* y = b.node("Conv", {x, floats(b, "conv.weight", {2, 1, 1, 2}, {1, 2, 3, 4})});
  Value* scaled = b.node("Mul", {floats(b, "scale", {1, 2, 1, 1}, {2, -1}), y});
  Value* shifted = b.node("Sub", {scaled, floats(b, "shift", {2, 1, 1}, {0.5f, 0.25f})});
  expect_golden("fold_scale_shift", "fold_scale_shift", b.finish({b.node("Div", {shifted, floats(b, "half", {}, {0.5f})})}));
}

TEST(FoldScaleShift, BiasBesideAMatMul) {
  ModelBuilder b;
  Value* y = b.node("MatMul", {b.input("x", {-1, 2}), floats(b, "w", {2, 3}, {1, 2, 3, 4, 5, 6})});
  expect_golden("fold_scale_shift", "fold_scale_shift.matmul", b.finish({b.node("Add", {y, floats(b, "bias", {3}, {1, 2, 3})})}));
}

TEST(FoldScaleShift, ConstantMinusResult) {
  const Tensor x = Random(1).normal({2, 4}), w = Random(2).normal({3, 2, 2}), bias = Random(3).normal({3});
  ModelBuilder b;
  Value* y = b.node("Conv", {b.input("x", {1, 2, 4}), b.constant("w", w), b.constant("b", bias)});
  Model model = b.finish({b.node("Sub", {floats(b, "c", {3, 1}, {1, 2, 3}), y})});
  ASSERT_EQ(run_pass("fold_scale_shift", model), 1);
  ASSERT_EQ(ops_of(model), "Conv");
  const Node& node = *model.graph->nodes()[0];
  const Doubles before = conv(x, w, bias, 1), after = conv(x, node.input(1)->constant(), node.input(2)->constant(), 1);
  for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], static_cast<double>(i / 3 + 1) - before[i], 1e-5);
}

Model conv_and(const std::string& op, bool constant_first, const Dims& dims, float value) {
  ModelBuilder b;
  Value* y = b.node("Conv", {b.input("x", {-1, 2, 3}), b.constant("w", Random().normal({3, 2, 1}, 10))});
  size_t count = 1;
  for (const int64_t extent : dims) count *= static_cast<size_t>(extent);
  Value* c = floats(b, "c", dims, std::vector<float>(count, value));
  return b.finish({constant_first ? b.node(op, {c, y}) : b.node(op, {y, c})});
}

TEST(FoldScaleShift, LeavesWhatVariesOrGrows) {
  expect_unchanged("fold_scale_shift", conv_and("Mul", false, {3}, 2));  // along the length, which happens to be 3 too
  expect_unchanged("fold_scale_shift", conv_and("Mul", false, {3, 3}, 2));
  expect_unchanged("fold_scale_shift", conv_and("Mul", false, {2, 1, 1}, 2));     // would enlarge the batch
  expect_unchanged("fold_scale_shift", conv_and("Mul", false, {1, 1, 1, 1}, 2));  // would raise the rank
  expect_unchanged("fold_scale_shift", conv_and("Div", true, {3, 1}, 2));         // 2 / y is not affine
  expect_unchanged("fold_scale_shift", conv_and("Div", false, {3, 1}, 0));
  expect_unchanged("fold_scale_shift", conv_and("Mul", false, {3, 1}, 3e38f));  // overflows
  expect_unchanged("fold_scale_shift", conv_and("Pow", false, {3, 1}, 2));
}

TEST(FoldScaleShift, LeavesMatMulOfHigherRank) {
  ModelBuilder b;
  Value* y = b.node("MatMul", {b.input("x", {-1, 7, 2}), floats(b, "w", {2, 3}, {1, 2, 3, 4, 5, 6})});
  expect_unchanged("fold_scale_shift", b.finish({b.node("Add", {y, floats(b, "bias", {3}, {1, 2, 3})})}));
}

Model pad_and_conv(const std::vector<int64_t>& pads, std::map<std::string, Attribute> conv_attributes, float value = 0) {
  ModelBuilder b;
  Value* padded = b.node("Pad", {b.input("x", {-1, 1, 4, 4}), ints(b, "pads", pads), floats(b, "value", {}, {value})});
  return b.finish({b.node("Conv", {padded, b.constant("w", Random().normal({1, 1, 3, 3}))}, std::move(conv_attributes))});
}

TEST(FoldPad, Golden) {
  expect_golden("fold_pad", "fold_pad", pad_and_conv({0, 0, 1, 2, 0, 0, 3, 4}, {{"pads", std::vector<int64_t>{1, 1, 0, 0}}}));
}

TEST(FoldPad, ReadsAxes) {
  Model model = pad_and_conv({2, 1}, {{"auto_pad", std::string("VALID")}});
  Value* axes = model.graph->add_constant("axes", Tensor::from(Dims{1}, std::vector<int64_t>{-1}));
  model.graph->set_input(model.graph->nodes()[0].get(), 3, axes);
  ASSERT_EQ(run_pass("fold_pad", model), 1);
  EXPECT_EQ(model.graph->nodes()[1]->ints_attribute("pads"), (std::vector<int64_t>{0, 2, 0, 1}));
  EXPECT_EQ(model.graph->nodes()[1]->attribute("auto_pad"), nullptr);
}

TEST(FoldPad, LeavesWhatConvCannotDo) {
  expect_unchanged("fold_pad", pad_and_conv({0, 0, 1, 1, 0, 0, 1, 1}, {}, 0.5f));
  expect_unchanged("fold_pad", pad_and_conv({0, 1, 1, 1, 0, 0, 1, 1}, {}));   // pads channels
  expect_unchanged("fold_pad", pad_and_conv({0, 0, -1, 1, 0, 0, 1, 1}, {}));  // cuts
  expect_unchanged("fold_pad", pad_and_conv({0, 0, 1, 1, 0, 0, 1, 1}, {{"auto_pad", std::string("SAME_UPPER")}}));
  Model reflect = pad_and_conv({0, 0, 1, 1, 0, 0, 1, 1}, {});
  reflect.graph->nodes()[0]->attributes["mode"] = std::string("reflect");
  expect_unchanged("fold_pad", std::move(reflect));
}

}  // namespace
}  // namespace headrace
