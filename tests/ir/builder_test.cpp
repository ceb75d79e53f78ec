#include "ir/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/float16.h"
#include "ir/dead_code.h"

namespace headrace {
namespace {

uint16_t bits_of_scalar(double value, DType dtype) {
  const Tensor tensor = scalar_tensor(value, dtype);
  uint16_t bits = 0;
  std::memcpy(&bits, tensor.bytes().data(), sizeof bits);
  return bits;
}

TEST(Builder, NodesAreNamedAfterTheirScopeAndNumbered) {
  Graph graph;
  Builder b(graph);
  Value* x = graph.add_value("x");
  graph.add_input(x);
  b.set_scope("layer1.conv");
  Value* first = b.op("Relu", {x});
  Value* second = b.op("Relu", {first});
  EXPECT_EQ(first->name(), "layer1.conv/Relu_output");
  EXPECT_EQ(second->name(), "layer1.conv/Relu_output_1");
  EXPECT_EQ(first->producer()->name, "layer1.conv/Relu");
  EXPECT_EQ(second->producer()->name, "layer1.conv/Relu_1");
  b.set_scope("");
  EXPECT_EQ(b.op("Relu", {x})->producer()->name, "Relu");
}

TEST(Builder, TypesFollowFromTheOp) {
  Graph graph;
  Builder b(graph);
  Value* x = b.number(1, DType::kFloat32);
  EXPECT_EQ(b.op("Add", {x, x})->dtype, DType::kFloat32);
  EXPECT_EQ(b.op("Less", {x, x})->dtype, DType::kBool);
  EXPECT_EQ(b.op("Shape", {x})->dtype, DType::kInt64);
  EXPECT_EQ(b.ops("TopK", 2, {x, b.ints({1})})[1]->dtype, DType::kInt64);
  EXPECT_EQ(b.op("Where", {b.op("Less", {x, x}), x, x})->dtype, DType::kFloat32);
  EXPECT_EQ(b.cast(x, DType::kInt32)->dtype, DType::kInt32);
  EXPECT_EQ(b.cast(x, DType::kFloat32), x);
}

TEST(Builder, EqualSmallConstantsAreOne) {
  Graph graph;
  Builder b(graph);
  EXPECT_EQ(b.ints({1, 2}), b.ints({1, 2}));
  EXPECT_NE(b.ints({1, 2}), b.ints({2, 1}));
  EXPECT_NE(b.ints({1}), b.constant_scalar(1, DType::kInt64));  // a vector and a scalar
  EXPECT_NE(b.number(0, DType::kInt32), b.number(0, DType::kFloat32));
}

TEST(Builder, OptionalInputsAtTheEndAreLeftOut) {
  Graph graph;
  Builder b(graph);
  Value* x = b.number(1, DType::kFloat32);
  EXPECT_EQ(b.op("Clip", {x, nullptr, nullptr})->producer()->inputs().size(), 1u);
  EXPECT_EQ(b.op("Clip", {x, nullptr, x})->producer()->inputs().size(), 3u);
}

TEST(ScalarTensor, NarrowFloatsAreRoundedToNearestEven) {
  for (const double value : {0.0, 1.0, -2.5, 0.1, 65504.0, 6e-8, -1e-5, 1.0009765625})
    EXPECT_NEAR(float16_to_float(bits_of_scalar(value, DType::kFloat16)), value, std::abs(value) * 0x1p-11 + 0x1p-25) << value;
  EXPECT_EQ(bits_of_scalar(1 + 0x1p-11, DType::kFloat16), 0x3c00);  // a tie goes to the even one
  EXPECT_EQ(bits_of_scalar(1 + 3 * 0x1p-11, DType::kFloat16), 0x3c02);
  EXPECT_EQ(bits_of_scalar(2 - 0x1p-12, DType::kFloat16), 0x4000);  // a carry into the exponent
  EXPECT_EQ(bits_of_scalar(1e6, DType::kFloat16), 0x7c00);
  EXPECT_EQ(bits_of_scalar(-1e6, DType::kFloat16), 0xfc00);
  EXPECT_EQ(bits_of_scalar(1 + 0x1p-8, DType::kBfloat16), 0x3f80);
  EXPECT_EQ(bits_of_scalar(-std::numeric_limits<double>::infinity(), DType::kBfloat16), 0xff80);
}

TEST(ScalarTensor, NumbersBeyondIntegersBecomeTheirEnds) {
  EXPECT_EQ(scalar_tensor(std::numeric_limits<double>::infinity(), DType::kInt64).as<int64_t>()[0],
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(scalar_tensor(-1e300, DType::kInt64).as<int64_t>()[0], std::numeric_limits<int64_t>::min());
  EXPECT_EQ(scalar_tensor(std::numeric_limits<double>::quiet_NaN(), DType::kInt64).as<int64_t>()[0], 0);
  EXPECT_TRUE(scalar_tensor(0.5, DType::kBool).as<bool>()[0]);
}

TEST(DeadCode, WhatNobodyNeedsGoes) {
  Graph graph;
  Builder b(graph);
  Value* x = graph.add_value("x");
  graph.add_input(x);
  Value* y = b.op("Relu", {x});
  b.op("Add", {b.op("Exp", {x}), b.number(3, DType::kFloat32)});
  graph.add_output(y);
  EXPECT_EQ(remove_dead_code(graph), 3);  // Exp, Add and the 3
  EXPECT_EQ(graph.nodes().size(), 1u);
}

}  // namespace
}  // namespace headrace
