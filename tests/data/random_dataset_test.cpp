#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/data_test_support.h"

namespace headrace {
namespace {
using testing::spec;

TEST(RandomDataset, SeededAndOfTheSignaturesShapes) {
  const Signature signature{{spec("x", {-1, 3, 64, 64}), spec("ids", {2, -1}, DType::kInt64), spec("on", {4}, DType::kBool)}, {}};
  const auto one = random_dataset(signature, 3, 5), same = random_dataset(signature, 3, 5),
             other = random_dataset(signature, 3, 6);
  ASSERT_OK(one);
  ASSERT_OK(same);
  ASSERT_OK(other);
  const Sample sample = *(*one)->load(1);
  EXPECT_EQ(sample.inputs[0].dims(), (Dims{1, 3, 64, 64}));
  EXPECT_EQ(sample.inputs[1].dims(), (Dims{2, 1}));
  EXPECT_TRUE(sample.inputs[0].same_bits((*same)->load(1)->inputs[0]));
  EXPECT_FALSE(sample.inputs[0].same_bits((*other)->load(1)->inputs[0]));
  EXPECT_FALSE(sample.inputs[0].same_bits((*one)->load(2)->inputs[0]));
  for (const int64_t id : sample.inputs[1].as<int64_t>()) EXPECT_TRUE(id == 0 || id == 1);
}

TEST(RandomDataset, FloatsAreStandardNormal) {
  for (const DType dtype : {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBfloat16}) {
    const auto dataset = random_dataset({{spec("x", {100, 100}, dtype)}, {}}, 1, 1);
    ASSERT_OK(dataset);
    const auto values = to_float_vector((*dataset)->load(0)->inputs[0]);
    ASSERT_OK(values);
    double sum = 0, squares = 0;
    for (const float value : *values) sum += value, squares += value * value;
    EXPECT_NEAR(sum / 1e4, 0, 0.05) << to_string(dtype);
    EXPECT_NEAR(squares / 1e4, 1, 0.05) << to_string(dtype);
  }
}

TEST(RandomDataset, WhatCannotBeMadeIsAnError) {
  EXPECT_ERROR(random_dataset({{spec("text", {1}, DType::kString)}, {}}, 1, 1),
               "input text: there are no random values of type string");
  EXPECT_ERROR(random_dataset({{spec("x", {1 << 20, 1 << 20})}, {}}, 1, 1), "too large");
  EXPECT_ERROR(random_dataset({{spec("x", {1})}, {}}, 0, 1), "at least one");
}

}  // namespace
}  // namespace headrace
