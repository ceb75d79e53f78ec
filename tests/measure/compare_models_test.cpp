// Comparisons of real models in ONNX Runtime.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "measure/compare.h"
#include "measure/fakes.h"
#include "support/test_support.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

using testing::ModelBuilder;

Value* typed(Value* value) {
  value->dtype = DType::kFloat32;
  value->shape = Shape{Dim{-1, "N"}, Dim{4, {}}};
  return value;
}

Tensor weight() { return testing::Random(5).normal({4, 4}); }

Model float_model() {
  ModelBuilder b;
  Value* product = typed(b.node("MatMul", {b.input("x", {-1, 4}), b.constant("w", weight())}, {}, "product"));
  Value* positive = typed(b.node("Relu", {product}, {}, "positive"));
  return b.finish({typed(b.node("MatMul", {positive, b.constant("w", weight())}, {}, "y"))});
}

// The same with the first product rounded to multiples of `scale`, at 0 and above.
Model quantized_model(float scale) {
  ModelBuilder b;
  Value* product = typed(b.node("MatMul", {b.input("x", {-1, 4}), b.constant("w", weight())}, {}, "product"));
  Value* step = b.constant("scale", Tensor::scalar(scale));
  Value* zero = b.constant("zero", Tensor::scalar(uint8_t{0}));
  Value* q = b.node("QuantizeLinear", {product, step, zero}, {}, "product_quantized");
  q->dtype = DType::kUint8;
  Value* positive = typed(b.node("DequantizeLinear", {q, step, zero}, {}, "product_dequantized"));
  return b.finish({typed(b.node("MatMul", {positive, b.constant("w", weight())}, {}, "y"))});
}

class CompareModels : public ::testing::Test {
 protected:
  CompareModels() {
    testing::Random random(7);
    std::vector<Sample> samples;
    for (int i = 0; i < 20; ++i) samples.push_back({{random.normal({1, 4})}, std::nullopt, "random"});
    data_ = std::make_unique<testing::FakeDataset>(std::move(samples));
  }

  Side side(const Model& model, const std::string& name) {
    EXPECT_TRUE(write_onnx(model, folder_ / name).ok());
    const auto engine = find_engine("ort");
    EXPECT_TRUE(engine.ok());
    return {(folder_ / name).string(), engine ? *engine : nullptr, {}};
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<testing::FakeDataset> data_;
};

TEST_F(CompareModels, MeasuresQuantisationNoise) {
  const Side a = side(float_model(), "float.onnx"), fine = side(quantized_model(0.05f), "fine.onnx"),
             coarse = side(quantized_model(0.5f), "coarse.onnx");
  const auto with_fine = compare(a, fine, *data_), with_coarse = compare(a, coarse, *data_), with_itself = compare(a, a, *data_);
  ASSERT_OK(with_fine);
  ASSERT_OK(with_coarse);
  ASSERT_OK(with_itself);
  EXPECT_TRUE(with_itself->same_bits);
  EXPECT_FALSE(with_fine->same_bits);
  EXPECT_GT(with_fine->sqnr_db, 30);
  EXPECT_LT(with_coarse->sqnr_db, with_fine->sqnr_db - 10);
}

TEST_F(CompareModels, NamesTheLayersThatLoseTheMost) {
  const auto layers = compare_layers(side(float_model(), "float.onnx"), side(quantized_model(0.5f), "coarse.onnx"), *data_, 8);
  ASSERT_OK(layers);
  ASSERT_EQ(layers->size(), 2u);
  EXPECT_EQ(layers->at(0).node, "positive");
  EXPECT_EQ(layers->at(0).op_type, "Relu");
  EXPECT_EQ(layers->at(0).tensor, "positive");
  EXPECT_EQ(layers->at(1).tensor, "y");
  for (const LayerError& layer : *layers) {
    EXPECT_GT(layer.sqnr_db, 5);
    EXPECT_LT(layer.sqnr_db, 30);
  }
}

TEST_F(CompareModels, FindsNoErrorInTheSameModel) {
  const Side a = side(float_model(), "float.onnx");
  const auto layers = compare_layers(a, a, *data_, 3);
  ASSERT_OK(layers);
  ASSERT_EQ(layers->size(), 3u);
  for (const LayerError& layer : *layers) EXPECT_EQ(layer.sqnr_db, std::numeric_limits<double>::infinity());
}

TEST_F(CompareModels, NamesWhatIsWrong) {
  const Side a = side(float_model(), "float.onnx");
  ModelBuilder b;
  const Side other = side(b.finish({typed(b.node("Relu", {b.input("x", {-1, 4})}, {}, "z"))}), "other.onnx");
  EXPECT_ERROR(compare_layers(a, other, *data_, 3), "no computed float tensor of the same name");
  EXPECT_ERROR(compare_layers(a, a, *data_, 0), "no sample");
  Side missing = a;
  missing.model = (folder_ / "none.onnx").string();
  EXPECT_ERROR(compare(a, missing, *data_), "none.onnx");
  EXPECT_ERROR(compare_layers(missing, a, *data_, 3), "none.onnx");
}

}  // namespace
}  // namespace headrace
