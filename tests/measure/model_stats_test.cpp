#include "measure/model_stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_support.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

using testing::ModelBuilder;
using Ints = std::vector<int64_t>;

Tensor ones(Dims dims) {
  Tensor tensor = Tensor::allocate(DType::kFloat32, std::move(dims));
  for (float& value : tensor.as_mutable<float>()) value = 1;
  return tensor;
}

Value* shaped(Value* value, const Dims& dims) {
  value->dtype = DType::kFloat32;
  value->shape = make_shape(dims);
  return value;
}

// MACs of one node with these operands.
int64_t macs_of(const std::string& op, const Dims& data, const Dims& weight, const Dims& output,
                std::map<std::string, Attribute> attributes = {}) {
  ModelBuilder b;
  shaped(b.node(op, {b.input("x", data), b.constant("w", ones(weight))}, std::move(attributes)), output);
  return count_macs(*b.graph().nodes().front());
}

TEST(CountMacs, FollowsTheDefinitionOfEachOp) {
  EXPECT_EQ(macs_of("Conv", {1, 3, 8, 8}, {4, 3, 3, 3}, {1, 4, 6, 6}), 4 * 6 * 6 * 3 * 3 * 3);
  EXPECT_EQ(macs_of("Conv", {1, 4, 8, 8}, {4, 1, 3, 3}, {1, 4, 6, 6}, {{"group", int64_t{4}}}), 4 * 6 * 6 * 3 * 3);  // depthwise
  EXPECT_EQ(macs_of("ConvTranspose", {1, 3, 4, 4}, {3, 5, 2, 2}, {1, 5, 8, 8}), 3 * 4 * 4 * 5 * 2 * 2);
  EXPECT_EQ(macs_of("Gemm", {2, 10}, {10, 7}, {2, 7}), 2 * 7 * 10);
  EXPECT_EQ(macs_of("Gemm", {10, 2}, {10, 7}, {2, 7}, {{"transA", int64_t{1}}}), 2 * 7 * 10);
  EXPECT_EQ(macs_of("MatMul", {5, 2, 10}, {10, 7}, {5, 2, 7}), 5 * 2 * 7 * 10);
  EXPECT_EQ(macs_of("Add", {2, 10}, {10}, {2, 10}), 0);
}

TEST(CountMacs, TakesAnUnknownBatchAsOne) {
  EXPECT_EQ(macs_of("MatMul", {-1, 10}, {10, 7}, {-1, 7}), 70);
  EXPECT_EQ(macs_of("Conv", {-1, 3, 8, 8}, {4, 3, 3, 3}, {-1, 4, -1, 6}), -1);  // a height that inference could not find
  ModelBuilder b;
  b.node("MatMul", {b.input("x", {1, 10}), b.constant("w", ones({10, 7}))});
  EXPECT_EQ(count_macs(*b.graph().nodes().front()), -1);  // the output has no shape
}

Value* dequantized(ModelBuilder& b, Value* value) {
  Value* scale = b.constant("scale", Tensor::scalar(0.1f));
  Value* zero = b.constant("zero", Tensor::scalar(uint8_t{0}));
  Value* q = b.node("QuantizeLinear", {value, scale, zero});
  q->dtype = DType::kUint8;
  Value* result = b.node("DequantizeLinear", {q, scale, zero});
  result->shape = value->shape;
  return result;
}

// x -> MatMul in integers (100 MAC) -> MatMul in float (300 MAC).
Model half_quantized() {
  ModelBuilder b;
  Value* weight = b.constant("w1", Tensor::from(Dims{10, 10}, std::vector<int8_t>(100, 1)));
  Value* scale = b.constant("scale", Tensor::scalar(0.1f));
  Value* zero = b.constant("zero", Tensor::scalar(int8_t{0}));
  Value* w1 = b.node("DequantizeLinear", {weight, scale, zero});
  Value* first = shaped(b.node("MatMul", {dequantized(b, b.input("x", {-1, 10})), w1}, {}, "first"), {-1, 10});
  Value* shape = b.constant("shape", Tensor::from(Dims{2}, Ints{-1, 10}));
  Value* reshaped = shaped(b.node("Reshape", {first, shape}), {-1, 10});
  return b.finish({shaped(b.node("MatMul", {reshaped, b.constant("w2", ones({10, 30}))}, {}, "second"), {-1, 30})});
}

TEST(ModelStats, CountsWhatAModelIsMadeOf) {
  const ModelStats stats = model_stats(half_quantized());
  EXPECT_EQ(stats.macs, 400);
  EXPECT_EQ(stats.macs_unknown, 0);
  EXPECT_DOUBLE_EQ(stats.quantized_share, 0.25);
  EXPECT_EQ(stats.parameters, 100 + 300);  // neither scales nor shapes
  EXPECT_EQ(stats.parameter_bytes, 100 + 1200);
  EXPECT_EQ(stats.nodes, 6);
  EXPECT_EQ(stats.op_counts.at("MatMul"), 2);
  EXPECT_EQ(stats.op_counts.at("DequantizeLinear"), 2);
  EXPECT_EQ(stats.signature.inputs.at(0).name, "x");
  EXPECT_EQ(stats.signature.outputs.at(0).name, "second");
  EXPECT_EQ(stats.opsets.at(""), 17);
  ASSERT_EQ(stats.layers.size(), 2u);
  EXPECT_EQ(stats.layers[0].node, "first");
  EXPECT_TRUE(stats.layers[0].quantized);
  EXPECT_EQ(stats.layers[0].parameters, 100);
  EXPECT_FALSE(stats.layers[1].quantized);
  EXPECT_EQ(stats.layers[1].macs, 300);
  EXPECT_EQ(stats.layers[1].op_type, "MatMul");
}

TEST(ModelStats, CountsExternalDataIntoTheSize) {
  testing::TemporaryFolder folder;
  ModelBuilder b;
  Value* y = shaped(b.node("MatMul", {b.input("x", {1, 100}), b.constant("w", ones({100, 100}))}, {}, "y"), {1, 100});
  WriteOptions options;
  options.external_data = true;
  ASSERT_OK(write_onnx(b.finish({y}), folder / "model.onnx", options));
  uint64_t on_disk = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) on_disk += entry.file_size();
  const auto stats = model_stats(folder / "model.onnx");
  ASSERT_OK(stats);
  EXPECT_EQ(stats->file_bytes, on_disk);
  EXPECT_GT(on_disk, 40000u);
  EXPECT_EQ(stats->parameters, 10000);
  EXPECT_EQ(stats->macs, 10000);
}

// A Pad whose pads are computed, as exporters write it, hides the height and width from inference.
TEST(ModelStats, FindsShapesBehindComputedPads) {
  testing::TemporaryFolder folder;
  ModelBuilder b;
  Value* pads = b.node("Concat",
                       {b.constant("before", Tensor::from(Dims{4}, Ints{0, 0, 0, 0})),
                        b.constant("after", Tensor::from(Dims{4}, Ints{0, 0, 1, 1}))},
                       {{"axis", int64_t{0}}});
  pads->dtype = DType::kInt64;
  Value* cast = b.node("Cast", {pads}, {{"to", int64_t{7}}});
  cast->dtype = DType::kInt64;
  Value* padded = b.node("Pad", {b.input("x", {-1, 3, 7, 7}), cast});
  padded->dtype = DType::kFloat32;
  Value* y = b.node("Conv", {padded, b.constant("w", ones({4, 3, 3, 3}))}, {}, "y");
  y->dtype = DType::kFloat32;
  y->shape = Shape{Dim{-1, "N"}, Dim{4, {}}, Dim{}, Dim{}};
  const Model model = b.finish({y});
  EXPECT_EQ(model_stats(model).macs_unknown, 1);
  ASSERT_OK(write_onnx(model, folder / "model.onnx"));
  const auto stats = model_stats(folder / "model.onnx");
  ASSERT_OK(stats);
  EXPECT_EQ(stats->macs_unknown, 0);
  EXPECT_EQ(stats->macs, 4 * 6 * 6 * 3 * 3 * 3);
  EXPECT_EQ(stats->op_counts.at("Pad"), 1);
}

TEST(ModelStats, NamesAFileThatIsNotThere) { EXPECT_ERROR(model_stats(std::filesystem::path("none.onnx")), "none.onnx"); }

}  // namespace
}  // namespace headrace
