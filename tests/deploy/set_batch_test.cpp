#include "deploy/set_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/infer_shapes.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;

Tensor shape_of(std::vector<int64_t> dims) { return Tensor::from<int64_t>({static_cast<int64_t>(dims.size())}, dims); }

Model reshaping_model(const std::vector<int64_t>& target) {
  ModelBuilder b;
  Value* x = b.input("x", {1, 4, 2, 2});
  Value* y = b.node("Reshape", {b.node("Relu", {x}), b.constant("shape", shape_of(target))}, {}, "y");
  Model model = b.finish({y});
  EXPECT_TRUE(infer_shapes(model).ok());
  return model;
}

TEST(SetBatch, DynamicReachesTheOutputThroughABakedReshape) {
  Model model = reshaping_model({1, 16});
  ASSERT_OK(set_batch(model, Dim{-1, "batch"}));
  EXPECT_EQ(to_string(*model.graph->inputs()[0]->shape), "[batch, 4, 2, 2]");
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[batch, 16]");
}

TEST(SetBatch, AFixedSizeReachesTheOutput) {
  Model model = reshaping_model({1, -1});
  ASSERT_OK(set_batch(model, Dim{8, {}}));
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[8, 16]");
}

TEST(SetBatch, DynamicToFixed) {
  ModelBuilder b;
  Model model = b.finish({b.node("Relu", {b.input("x", {-1, 3})}, {}, "y")});
  ASSERT_OK(set_batch(model, Dim{4, {}}));
  EXPECT_EQ(to_string(*model.graph->outputs()[0]->shape), "[4, 3]");
}

TEST(SetBatch, AnOutputThatKeepsTheOldSizeIsAnError) {
  ModelBuilder b;
  Value* x = b.input("x", {1, 4});
  Value* y =
      b.node("Add", {b.node("ReduceSum", {x}, {}), b.constant("c", Tensor::from<float>({1, 4}, std::vector<float>(4)))}, {}, "y");
  Model model = b.finish({y});
  ASSERT_OK(infer_shapes(model));
  EXPECT_ERROR(set_batch(model, Dim{8, {}}), "output 'y' keeps the batch size 1");
}

TEST(SetBatch, AModelWithoutBatchDimension) {
  ModelBuilder b;
  Model model = b.finish({b.node("Relu", {b.input("x", {})}, {}, "y")});
  EXPECT_ERROR(set_batch(model, Dim{8, {}}), "no input");
}

}  // namespace
}  // namespace headrace
