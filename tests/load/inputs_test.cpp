#include "load/inputs.h"

#include <gmock/gmock.h>

#include "data/npz.h"
#include "support/test_support.h"

namespace headrace::load {
namespace {

ModelInfo model_of(const std::vector<Dims>& shapes, int64_t max_batch_size = 0) {
  ModelInfo model;
  model.name = "m";
  model.max_batch_size = max_batch_size;
  for (const Dims& dims : shapes)
    model.signature.inputs.push_back({"x" + std::to_string(model.signature.inputs.size()), DType::kFloat32, make_shape(dims)});
  return model;
}

TEST(Inputs, ShapesAreReadFromTheCommandLine) {
  const auto shape = parse_shape("a:b:1,3,224");
  ASSERT_OK(shape);
  EXPECT_EQ(shape->first, "a:b");
  EXPECT_EQ(shape->second, (Dims{1, 3, 224}));
  for (const char* wrong : {"x", ":1", "x:0", "x:-1", "x:1,", "x:1,,2", "x:a", "x:1 2"})
    EXPECT_ERROR(parse_shape(wrong), "NAME:1,3,224,224");
  EXPECT_EQ(parse_shape("scalar:")->second, Dims{});
}

TEST(Inputs, TheBatchIsTheFirstFreeExtent) {
  const auto inputs = make_inputs(model_of({{-1, 3}, {-1, 2}}), {.batch = 8});
  ASSERT_OK(inputs);
  EXPECT_EQ(inputs->rows, 8);
  EXPECT_EQ(inputs->requests[0][0].dims(), (Dims{8, 3}));
  EXPECT_EQ(inputs->requests[0][1].dims(), (Dims{8, 2}));
  EXPECT_EQ(make_inputs(model_of({{-1, 3}}), {})->rows, 1);
}

TEST(Inputs, OtherFreeExtentsNeedAShape) {
  EXPECT_ERROR(make_inputs(model_of({{-1, 3, -1}}), {}), "--shape x0:1,3,1");
  const auto inputs = make_inputs(model_of({{-1, 3, -1}}), {.shapes = {{"x0", {2, 3, 64}}}});
  ASSERT_OK(inputs);
  EXPECT_EQ(inputs->rows, 2);
  EXPECT_EQ(inputs->requests[0][0].dims(), (Dims{2, 3, 64}));
  const auto batched = make_inputs(model_of({{-1, 3, -1}}), {.shapes = {{"x0", {2, 3, 64}}}, .batch = 5});  // --batch wins
  ASSERT_OK(batched);
  EXPECT_EQ(batched->requests[0][0].dims(), (Dims{5, 3, 64}));
}

TEST(Inputs, WhatDoesNotFitIsNamed) {
  EXPECT_ERROR(make_inputs(model_of({{-1, 3}}), {.shapes = {{"y", {1, 3}}}}), "names the input y, but the model's are: x0");
  EXPECT_ERROR(make_inputs(model_of({{-1, 3}}), {.shapes = {{"x0", {1, 4}}}}), "the model takes [?, 3]");
  EXPECT_ERROR(make_inputs(model_of({{-1, 3}}), {.shapes = {{"x0", {1}}}}), "the model takes [?, 3]");
  EXPECT_ERROR(make_inputs(model_of({{1, 3}}), {.batch = 8}),
               "--batch 8 does not fit: the first extent of input x0 is fixed to 1");
  EXPECT_ERROR(make_inputs(model_of({}), {}), "does not tell the inputs");
  EXPECT_ERROR(make_inputs(model_of({{-1, int64_t{1} << 40, int64_t{1} << 40}}), {}), "");
}

TEST(Inputs, RandomOnesDifferAndComeAgainWithTheSeed) {
  const auto a = make_inputs(model_of({{-1, 16}}), {.seed = 3}), b = make_inputs(model_of({{-1, 16}}), {.seed = 3});
  ASSERT_OK(a);
  ASSERT_OK(b);
  ASSERT_GT(a->requests.size(), 1u);
  EXPECT_FALSE(a->requests[0][0].same_bits(a->requests[1][0]));
  EXPECT_TRUE(a->requests[1][0].same_bits(b->requests[1][0]));
}

TEST(Inputs, LargeOnesAreFew) {
  const auto inputs = make_inputs(model_of({{8 << 20}}), {});  // 32 MB each
  ASSERT_OK(inputs);
  EXPECT_EQ(inputs->requests.size(), 2u);
}

TEST(Inputs, DataIsBatchedFromAFile) {
  const testing::TemporaryFolder folder;
  testing::write_file(folder / "x.npy", to_npy(Tensor::from<float>({5, 2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})));
  const auto inputs = make_inputs(model_of({{-1, 2}}, 4), {.batch = 2, .data = folder / "x.npy"});
  ASSERT_OK(inputs);
  EXPECT_EQ(inputs->rows, 2);
  EXPECT_TRUE(inputs->batched);
  ASSERT_EQ(inputs->requests.size(), 2u);
  EXPECT_TRUE(inputs->requests[1][0].same_bits(Tensor::from<float>({2, 2}, std::vector<float>{4, 5, 6, 7})));
  const auto more =
      make_inputs(model_of({{-1, 2}}), {.batch = 6, .data = folder / "x.npy"});  // than the file has: from its beginning
  ASSERT_OK(more);
  EXPECT_EQ(more->requests[0][0].as<float>()[10], 0);
  EXPECT_ERROR(make_inputs(model_of({{1, 2}}), {.batch = 2, .data = folder / "x.npy"}), "--batch 2 does not fit");
  EXPECT_ERROR(make_inputs(model_of({{-1, 3}}), {.data = folder / "x.npy"}), "axis 1 must be 3");
  EXPECT_ERROR(make_inputs(model_of({{-1, 3}}), {.data = folder / "none.npy"}), "no such file");
}

}  // namespace
}  // namespace headrace::load
