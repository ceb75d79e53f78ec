// Small models with the structures that quantisation has rules for.
#pragma once

#include "support/test_support.h"

namespace headrace::testing {

// Gives a value the type and shape that shape inference would.
inline Value* typed(Value* value, const Dims& dims) {
  value->dtype = DType::kFloat32;
  value->shape = make_shape(dims);
  for (Dim& dim : *value->shape)
    if (!dim.known()) dim.symbol = "N";
  return value;
}

// A residual network in small: conv + ReLU6, depthwise + ReLU6, projection, Add with the skip, conv + Relu, MaxPool,
// GlobalAveragePool, Flatten, Gemm.
inline Model residual_model(int64_t opset = 17) {
  using Ints = std::vector<int64_t>;
  ModelBuilder b(opset);
  Random random(42);
  const auto weights = [&](const std::string& name, Dims dims) {
    float fan_in = 1;
    for (size_t i = 1; i < dims.size(); ++i) fan_in *= static_cast<float>(dims[i]);
    return b.constant(name, random.normal(std::move(dims), 1.4f / std::sqrt(fan_in)));
  };
  const auto bias = [&](const std::string& name, int64_t n) { return b.constant(name, random.uniform({n}, -0.2f, 0.2f)); };
  Value* low = b.constant("low", Tensor::scalar(0.0f));
  Value* high = b.constant("high", Tensor::scalar(6.0f));
  const Ints same{1, 1, 1, 1};

  Value* x = b.input("x", {-1, 3, 16, 16});
  Value* stem =
      typed(b.node("Conv", {x, weights("w0", {8, 3, 3, 3}), bias("b0", 8)}, {{"pads", same}}, "stem_conv"), {-1, 8, 16, 16});
  stem = typed(b.node("Relu", {stem}, {}, "stem"), {-1, 8, 16, 16});
  Value* expand =
      typed(b.node("Conv", {stem, weights("w1", {24, 8, 1, 1}), bias("b1", 24)}, {}, "expand_conv"), {-1, 24, 16, 16});
  expand = typed(b.node("Clip", {expand, low, high}, {}, "expand"), {-1, 24, 16, 16});
  Value* depthwise = typed(b.node("Conv", {expand, weights("w2", {24, 1, 3, 3}), bias("b2", 24)},
                                  {{"pads", same}, {"group", int64_t{24}}}, "depthwise_conv"),
                           {-1, 24, 16, 16});
  depthwise = typed(b.node("Clip", {depthwise, low, high}, {}, "depthwise"), {-1, 24, 16, 16});
  Value* project =
      typed(b.node("Conv", {depthwise, weights("w3", {8, 24, 1, 1}), bias("b3", 8)}, {}, "project"), {-1, 8, 16, 16});
  Value* sum = typed(b.node("Add", {stem, project}, {}, "sum"), {-1, 8, 16, 16});
  Value* head =
      typed(b.node("Conv", {sum, weights("w4", {16, 8, 3, 3}), bias("b4", 16)}, {{"pads", same}}, "head_conv"), {-1, 16, 16, 16});
  head = typed(b.node("Relu", {head}, {}, "head"), {-1, 16, 16, 16});
  Value* pool =
      typed(b.node("MaxPool", {head}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}}, "max_pool"), {-1, 16, 8, 8});
  Value* average = typed(b.node("GlobalAveragePool", {pool}, {}, "average"), {-1, 16, 1, 1});
  Value* flat = typed(b.node("Flatten", {average}, {}, "flat"), {-1, 16});
  Value* logits =
      typed(b.node("Gemm", {flat, weights("w5", {10, 16}), bias("b5", 10)}, {{"transB", int64_t{1}}}, "logits"), {-1, 10});
  return b.finish({logits});
}

// Two token-wise linear layers with a GELU-like product between them.
inline Model mlp_model() {
  ModelBuilder b;
  Random random(3);
  Value* x = b.input("x", {-1, 5, 32});
  Value* h = typed(b.node("MatMul", {x, b.constant("w0", random.normal({32, 64}, 0.2f))}, {}, "h"), {-1, 5, 64});
  Value* gate = typed(b.node("Sigmoid", {h}, {}, "gate"), {-1, 5, 64});
  Value* product = typed(b.node("Mul", {h, gate}, {}, "product"), {-1, 5, 64});
  return b.finish({typed(b.node("MatMul", {product, b.constant("w1", random.normal({64, 8}, 0.2f))}, {}, "y"), {-1, 5, 8})});
}

}  // namespace headrace::testing
