#include "measure/layer_pairs.h"

#include <gtest/gtest.h>

#include "support/test_support.h"

namespace headrace {
namespace {

using testing::ModelBuilder;

Value* computed(ModelBuilder& b, const std::string& op, std::vector<Value*> inputs, const std::string& name) {
  Value* value = b.node(op, std::move(inputs), {}, name);
  value->dtype = DType::kFloat32;
  return value;
}

Value* rounded(ModelBuilder& b, Value* value) {
  Value* scale = b.constant("scale", Tensor::scalar(0.1f));
  Value* zero = b.constant("zero", Tensor::scalar(uint8_t{0}));
  Value* q = b.node("QuantizeLinear", {value, scale, zero}, {}, value->name() + "_quantized");
  return computed(b, "DequantizeLinear", {q, scale, zero}, value->name() + "_dequantized");
}

std::string text(const std::vector<LayerPair>& pairs) {
  std::string lines;
  for (const LayerPair& pair : pairs)
    lines += pair.node->op_type + ": " + pair.float_value->name() + " ~ " + pair.quantized_value->name() + "\n";
  return lines;
}

Model float_model() {
  ModelBuilder b;
  Value* weight = b.constant("w", testing::Random(1).normal({2, 2}));
  Value* product = computed(b, "MatMul", {b.input("x", {1, 2}), weight}, "product");
  Value* positive = computed(b, "Relu", {product}, "positive");
  return b.finish({computed(b, "Softmax", {positive}, "y")});
}

TEST(PairLayers, ComparesWhatConsumersRead) {
  ModelBuilder b;
  Value* weight = rounded(b, b.constant("w", testing::Random(1).normal({2, 2})));
  Value* product = computed(b, "MatMul", {rounded(b, b.input("x", {1, 2})), weight}, "product");
  Value* positive = computed(b, "Relu", {product}, "positive");
  const Model quantized = b.finish({computed(b, "Softmax", {rounded(b, positive)}, "y")});
  EXPECT_EQ(text(pair_layers(float_model(), quantized)),
            "MatMul: product ~ product\n"
            "Relu: positive ~ positive_dequantized\n"
            "Softmax: y ~ y\n");
}

TEST(PairLayers, FindsAnActivationThatBecameAClamp) {
  ModelBuilder b;
  Value* weight = b.constant("w", testing::Random(1).normal({2, 2}));
  Value* product = computed(b, "MatMul", {rounded(b, b.input("x", {1, 2})), weight}, "product");
  const Model quantized = b.finish({computed(b, "Softmax", {rounded(b, product)}, "y")});
  EXPECT_EQ(text(pair_layers(float_model(), quantized)),
            "Relu: positive ~ product_dequantized\n"
            "Softmax: y ~ y\n");
}

TEST(PairLayers, FindsNothingInAnotherModel) {
  ModelBuilder b;
  const Model other = b.finish({computed(b, "Relu", {b.input("x", {1, 2})}, "z")});
  EXPECT_TRUE(pair_layers(float_model(), other).empty());
}

}  // namespace
}  // namespace headrace
