#include "proto/infer_shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"
#include "ir/verify.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;
using testing::Random;

using Ints = std::vector<int64_t>;

TEST(InferShapes, FollowsConvolutionsAndKeepsSymbols) {
  ModelBuilder b;
  Random random;
  Value* x = b.input("x", {-1, 3, 8, 8});
  Value* y = b.node("Conv", {x, b.constant("w", random.normal({4, 3, 3, 3}))}, {{"strides", Ints{2, 2}}});
  Model model = b.finish({b.node("GlobalAveragePool", {y})});
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(to_string(*y->shape), "[N, 4, 3, 3]");
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[N, 4, 1, 1]");
  EXPECT_EQ(y->dtype, DType::kFloat32);
}

TEST(InferShapes, PropagatesTheValuesOfShapes) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 6, 4});
  Value* batch = b.node("Slice", {b.node("Shape", {x}), b.constant("from", Tensor::from(Dims{1}, Ints{0})),
                                  b.constant("to", Tensor::from(Dims{1}, Ints{1}))});
  Value* shape = b.node("Concat", {batch, b.constant("rest", Tensor::from(Dims{1}, Ints{24}))}, {{"axis", int64_t{0}}});
  Model model = b.finish({b.node("Reshape", {x, shape})});
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[N, 24]");
}

TEST(InferShapes, UsesTheScalesOfResize) {
  ModelBuilder b;
  Value* x = b.input("x", {1, 3, 8, 8});
  Value* scales = b.constant("scales", Tensor::from(Dims{4}, std::vector<float>{1, 1, 2, 3}));
  Model model = b.finish({b.node("Resize", {x, nullptr, scales})});
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[1, 3, 16, 24]");
}

TEST(InferShapes, DropsInventedSymbols) {
  ModelBuilder b;
  Model model = b.finish({b.node("NonZero", {b.input("x", {4, 4})})});
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[2, ?]");
}

TEST(InferShapes, RepairsStaleTypesOfIntermediateValues) {
  ModelBuilder b;
  Value* y = b.node("Relu", {b.input("x", {2, 3})});
  y->dtype = DType::kFloat32;
  y->shape = make_shape({7, 7});
  Model model = b.finish({b.node("Neg", {y})});
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(to_string(*y->shape), "[2, 3]");
}

TEST(InferShapes, NamesTheNodeThatContradicts) {
  ModelBuilder b;
  Random random;
  Value* y = b.node("MatMul", {b.input("x", {2, 3}), b.constant("w", random.normal({40, 5}))}, {}, "projection");
  Model model = b.finish({y});
  const Status status = infer_shapes(model);
  EXPECT_ERROR(status, "shape inference: (op_type:MatMul, node name: projection): Incompatible dimensions");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidModel);
}

TEST(InferShapes, RefusesTypesThatAnOpDoesNotTake) {
  ModelBuilder b;
  Model model = b.finish({b.node("Add", {b.input("x", {2}), b.input("y", {2}, DType::kInt64)}, {}, "sum")});
  EXPECT_ERROR(infer_shapes(model), "sum");
}

TEST(InferShapes, ToleratesUnknownDomains) {
  ModelBuilder b;
  Value* x = b.input("x", {2});
  Value* y = b.node("Frobnicate", {x});
  y->producer()->domain = "com.example";
  Value* z = b.node("Relu", {y});
  Value* w = b.node("Neg", {x});
  Model model = b.finish({z, w});
  model.opsets["com.example"] = 1;
  ASSERT_OK(infer_shapes(model));
  EXPECT_EQ(y->dtype, DType::kUndefined);
  EXPECT_EQ(to_string(*w->shape), "[2]");
}

TEST(ConvertOpset, RewritesWhatChanged) {
  ModelBuilder b(12);
  Value* x = b.input("x", {2, 3, 4});
  Model model = b.finish({b.node("Squeeze", {b.node("ReduceSum", {x}, {{"axes", Ints{1}}})}, {{"axes", Ints{1}}}, "y")});
  const auto converted = convert_opset(model, 13);
  ASSERT_OK(converted);
  EXPECT_EQ(converted->opset(), 13);
  EXPECT_EQ(converted->graph->find("y")->producer()->inputs().size(), 2u);  // axes became an input
  EXPECT_EQ(to_string(*converted->graph->find("y")->shape), "[2, 4]");
  ASSERT_OK(verify(*converted));
}

TEST(ConvertOpset, KeepsWeightsWithoutCopyingThem) {
  ModelBuilder b(13);
  Random random;
  Value* w = b.constant("w", random.normal({64, 64}));
  Model model = b.finish({b.node("MatMul", {b.input("x", {-1, 64}), w})});
  model.metadata["key"] = "value";
  const auto converted = convert_opset(model, newest_opset());
  ASSERT_OK(converted);
  EXPECT_EQ(converted->graph->find("w")->constant().bytes().data(), w->constant().bytes().data());
  EXPECT_EQ(converted->metadata.at("key"), "value");
  EXPECT_EQ(to_string(*converted->graph->outputs()[0]->shape), "[N, 64]");
}

TEST(ConvertOpset, NamesAnOpThatCannotGoBack) {
  ModelBuilder b(17);
  Value* x = b.input("x", {2, 4});
  Value* scale = b.constant("scale", Tensor::from(Dims{4}, std::vector<float>{1, 1, 1, 1}));
  Model model = b.finish({b.node("LayerNormalization", {x, scale})});
  const auto converted = convert_opset(model, 13);
  EXPECT_ERROR(converted, "converting from opset 17 to 13: No Previous Version of LayerNormalization exists; choose");
  ASSERT_FALSE(converted.ok());
  EXPECT_EQ(converted.error().code, ErrorCode::kUnsupported);
}

TEST(ConvertOpset, RefusesOpsetsOutOfRange) {
  ModelBuilder b;
  Model model = b.finish({b.node("Relu", {b.input("x", {2})})});
  EXPECT_ERROR(convert_opset(model, 10), "outside of 11 to");
  EXPECT_ERROR(convert_opset(model, 1000), "outside of 11 to");
}

}  // namespace
}  // namespace headrace
