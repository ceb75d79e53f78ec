#include "measure/integer_coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/engine.h"
#include "support/test_support.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ModelBuilder;
using ::testing::Pair;

// Quantised building blocks as a quantiser would write them.
class QdqBuilder : public ModelBuilder {
 public:
  Value* rounded(Value* value) {
    Value* q = node("QuantizeLinear", {value, scale(), zero()});
    q->dtype = DType::kUint8;
    return typed(node("DequantizeLinear", {q, scale(), zero()}));
  }
  Value* weight(Dims dims) {
    Tensor tensor = Tensor::allocate(DType::kInt8, std::move(dims));
    for (size_t i = 0; i < tensor.size(); ++i) tensor.as_mutable<int8_t>()[i] = static_cast<int8_t>(static_cast<int>(i % 7) - 3);
    Value* none = constant("weight_zero", Tensor::scalar(int8_t{0}));
    return typed(node("DequantizeLinear", {constant("weight", tensor), scale(), none}));
  }
  static Value* typed(Value* value) {
    value->dtype = DType::kFloat32;
    return value;
  }

 private:
  Value* scale() { return constant("scale", Tensor::scalar(0.05f)); }
  Value* zero() { return constant("zero", Tensor::scalar(uint8_t{128})); }
};

// Two convolutions, their sum, a pool. `rounded_sum`: whether the sum is quantised as well.
Model residual(bool rounded_sum) {
  QdqBuilder b;
  Value* x = b.rounded(b.input("x", {1, 8, 6, 6}));
  Value* left = b.rounded(b.typed(b.node("Conv", {x, b.weight({8, 8, 1, 1})}, {}, "left")));
  Value* right = b.rounded(b.typed(b.node("Conv", {x, b.weight({8, 8, 1, 1})}, {}, "right")));
  Value* sum = b.typed(b.node("Add", {left, right}, {}, "sum"));
  if (rounded_sum) sum = b.rounded(sum);
  Value* pooled = b.typed(b.node(
      "MaxPool", {sum}, {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}}, "pooled"));
  if (rounded_sum) pooled = b.rounded(pooled);
  pooled->shape = make_shape({1, 8, 3, 3});
  return b.finish({pooled});
}

// The model as ONNX Runtime runs it.
Result<IntegerCoverage> coverage_in_ort(const Model& model) {
  testing::TemporaryFolder folder;
  HEADRACE_CHECK(write_onnx(model, folder / "model.onnx"));
  HEADRACE_TRY(const Engine* engine, find_engine("ort"));
  SessionOptions options;
  options.save_optimized = folder / "optimized.onnx";
  HEADRACE_TRY([[maybe_unused]] const auto session, engine->load(folder / "model.onnx", options));
  return integer_coverage(folder / "optimized.onnx");
}

TEST(IntegerCoverage, FindsNoFloatOpWhereOrtFusesAll) {
  const auto coverage = coverage_in_ort(residual(true));
  ASSERT_OK(coverage);
  EXPECT_TRUE(coverage->complete()) << coverage->float_nodes.front();
  EXPECT_EQ(coverage->integer_ops.at("QLinearConv"), 2);
  EXPECT_EQ(coverage->integer_ops.at("QLinearAdd"), 1);
}

TEST(IntegerCoverage, NamesWhatStaysInFloat) {
  const auto coverage = coverage_in_ort(residual(false));
  ASSERT_OK(coverage);
  EXPECT_FALSE(coverage->complete());
  EXPECT_EQ(coverage->integer_ops.at("QLinearConv"), 2);
  EXPECT_THAT(coverage->float_ops, ElementsAre(Pair("Add", 1), Pair("MaxPool", 1)));
}

TEST(IntegerCoverage, CountsAQdqModelAsFloatBeforeItIsOptimised) {
  const IntegerCoverage coverage = integer_coverage(residual(true));
  EXPECT_THAT(coverage.integer_ops, IsEmpty());
  EXPECT_THAT(coverage.float_ops, ElementsAre(Pair("Add", 1), Pair("Conv", 2), Pair("MaxPool", 1)));
  EXPECT_THAT(coverage.float_nodes, ElementsAre("Conv 'left'", "Conv 'right'", "Add 'sum'", "MaxPool 'pooled'"));
}

TEST(IntegerCoverage, LeavesShapeArithmeticOut) {
  ModelBuilder b;
  Value* shape = b.input("shape", {2}, DType::kInt64);
  Value* doubled = b.node("Add", {shape, shape}, {}, "doubled");
  doubled->dtype = DType::kInt64;
  const IntegerCoverage coverage = integer_coverage(b.finish({doubled}));
  EXPECT_TRUE(coverage.complete());
  EXPECT_THAT(coverage.integer_ops, IsEmpty());
}

}  // namespace
}  // namespace headrace
