#include "engines/models.h"

#include "writers/onnx/write.h"

namespace headrace::testing {

std::string bytes_of(const Model& model) {
  auto bytes = to_onnx_bytes(model);
  return bytes ? *bytes : "to_onnx_bytes failed: " + bytes.error().describe();
}

Model gemm_model() {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 3});
  Value* w = b.constant("w", Tensor::from<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  Value* bias = b.constant("b", Tensor::from<float>({2}, std::vector<float>{10, 20}));
  Value* y = b.node("Gemm", {x, w, bias}, {}, "y");
  y->dtype = DType::kFloat32;
  y->shape = Shape{{-1, "N"}, {2, ""}};
  return b.finish({y});
}

Model conv_model() {
  ModelBuilder b;
  Random random;
  Value* x = b.input("x", {-1, 3, 8, 8});
  Value* conv = b.node("Conv", {x, b.constant("w", random.normal({4, 3, 3, 3})), b.constant("b", random.normal({4}))});
  Value* y = b.node("Relu", {conv}, {}, "y");
  y->dtype = DType::kFloat32;
  y->shape = Shape{{-1, "N"}, {4, ""}, {6, ""}, {6, ""}};
  return b.finish({y});
}

namespace {

// DequantizeLinear(QuantizeLinear(value)) in uint8 with zero point 0.
Value* quantize_dequantize(ModelBuilder& b, Value* value, const std::string& name, float scale) {
  Value* s = b.constant(name + "_scale", Tensor::scalar(scale));
  Value* zero = b.constant(name + "_zero_point", Tensor::scalar<uint8_t>(0));
  return b.node("DequantizeLinear", {b.node("QuantizeLinear", {value, s, zero}), s, zero}, {}, name);
}

}  // namespace

Model saturating_model() {
  constexpr int64_t kChannels = 16;
  ModelBuilder b;
  Value* x = quantize_dequantize(b, b.input("x", {1, kChannels, 8, 8}), "xq", 1.0f);
  const std::vector<int8_t> values(kChannels * kChannels * 9, 127);
  Value* weights = b.constant("w", Tensor::from<int8_t>({kChannels, kChannels, 3, 3}, values));
  Value* w = b.node("DequantizeLinear", {weights, b.constant("w_scale", Tensor::scalar(1.0f)),
                                         b.constant("w_zero_point", Tensor::scalar<int8_t>(0))});
  Value* conv = b.node("Conv", {x, w}, {{"kernel_shape", std::vector<int64_t>{3, 3}}});
  Value* y = quantize_dequantize(b, conv, "y", 24000.0f);  // the exact sums reach 16 * 9 * 255 * 127 = 194 * 24000
  y->dtype = DType::kFloat32;
  y->shape = make_shape({1, kChannels, 6, 6});
  return b.finish({y});
}

Result<std::unique_ptr<Session>> load_bytes(std::string_view engine, const std::string& bytes, const SessionOptions& options) {
  HEADRACE_TRY(const Engine* found, find_engine(engine));
  return found->load(std::string_view(bytes), options);
}

}  // namespace headrace::testing
