// Written and read again, a model is the same: in text form, and bit for bit in its constants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "base/mapped_file.h"
#include "ir/text.h"
#include "proto/from_proto.h"
#include "proto/infer_shapes.h"
#include "proto/proto_builder.h"
#include "readers/onnx/read.h"
#include "support/paths.h"
#include "support/test_support.h"
#include "writers/onnx/write.h"

namespace headrace {
namespace {

namespace fs = std::filesystem;
using testing::bytes_of;
using testing::ModelBuilder;
using testing::Random;
using testing::TemporaryFolder;
using Ints = std::vector<int64_t>;

void expect_same_constants(const Model& a, const Model& b) {
  for (const auto& value : a.graph->values()) {
    if (!value->is_constant()) continue;
    const Value* twin = b.graph->find(value->name());
    ASSERT_NE(twin, nullptr) << value->name();
    EXPECT_TRUE(twin->is_constant() && twin->constant().same_bits(value->constant())) << value->name();
  }
}

// Infers the types of `model` first, as the reader will.
void expect_round_trip(Model& model) {
  ASSERT_OK(infer_shapes(model));
  const auto bytes = to_onnx_bytes(model);
  ASSERT_OK(bytes);
  const auto back = read_onnx_bytes(bytes_of(*bytes));
  ASSERT_OK(back);
  EXPECT_EQ(to_text(*back), to_text(model));
  expect_same_constants(model, *back);
}

Model small_cnn(int64_t opset = 17) {
  ModelBuilder b(opset);
  Random random;
  Value* x = b.input("x", {-1, 3, 8, 8});
  Value* w = b.constant("w", random.normal({4, 3, 3, 3}));
  Value* y = b.node("Conv", {x, w, b.constant("b", random.normal({4}))},
                    {{"pads", Ints{1, 1, 1, 1}}, {"auto_pad", std::string("NOTSET")}});
  y = b.node("LeakyRelu", {y}, {{"alpha", 0.1f}});
  y = b.node("Flatten", {b.node("GlobalAveragePool", {y})}, {{"axis", int64_t{1}}});
  return b.finish({b.node("Gemm", {y, b.constant("fc", random.normal({4, 300}))})});
}

// A model whose only purpose is its constants.
Model model_of(const std::vector<Tensor>& tensors, int64_t opset = 17) {
  ModelBuilder b(opset);
  std::vector<Value*> outputs{b.node("Relu", {b.input("x", {2})})};
  for (const Tensor& tensor : tensors) outputs.push_back(b.constant("c", tensor));
  return b.finish(outputs);
}

TEST(RoundTrip, EveryOpset) {
  for (int64_t opset = 11; opset <= newest_opset(); ++opset) {
    SCOPED_TRACE(opset);
    Model model = small_cnn(opset);
    expect_round_trip(model);
  }
}

TEST(RoundTrip, EveryTypeOfConstant) {
  std::vector<Tensor> tensors;
  for (int number = 1; number <= 28; ++number) {
    if (static_cast<DType>(number) == DType::kString) continue;
    Tensor tensor = Tensor::allocate(static_cast<DType>(number), {3, 3});
    std::fill(tensor.mutable_bytes().begin(), tensor.mutable_bytes().end(), std::byte{1});
    tensors.push_back(tensor);
  }
  tensors.push_back(Tensor::of_strings({3}, {"a", "", "c"}));
  tensors.push_back(Tensor::scalar(1.5f));
  tensors.push_back(Tensor::allocate(DType::kFloat32, {0, 4}));
  Random random;
  tensors.push_back(random.normal({100, 100}));  // large enough to be streamed
  Model model = model_of(tensors, newest_opset());
  expect_round_trip(model);
}

TEST(RoundTrip, OptionalInputsAndOutputs) {
  ModelBuilder b;
  Value* x = b.input("x", {1, 3, 8, 8});
  Value* scales = b.constant("scales", Tensor::from(Dims{4}, std::vector<float>{1, 1, 2, 2}));
  Value* y = b.node("Resize", {x, nullptr, scales}, {{"mode", std::string("nearest")}});
  Value* h = b.graph().add_value("h");
  Random random;
  Value* sequence = b.input("sequence", {5, 2, 3});
  b.graph()
      .append("GRU", {sequence, b.constant("w", random.normal({1, 12, 3})), b.constant("r", random.normal({1, 12, 4}))},
              {nullptr, h})
      ->attributes["hidden_size"] = int64_t{4};
  Model model = b.finish({y, h});
  expect_round_trip(model);
}

TEST(RoundTrip, OutputsThatAreInputsOrConstants) {
  ModelBuilder b;
  Value* x = b.input("x", {-1, 2});
  Value* c = b.constant("c", Tensor::scalar(2.0f));
  Value* y = b.node("Mul", {x, c});
  Model model = b.finish({x, c, y, y});
  expect_round_trip(model);
}

TEST(RoundTrip, EveryKindOfAttribute) {
  ModelBuilder b;
  Value* y = b.node("Frobnicate", {b.input("x", {2})},
                    {{"i", int64_t{1} << 40},
                     {"f", 0.25f},
                     {"s", std::string("text")},
                     {"is", Ints{}},
                     {"fs", std::vector<float>{1, 2}},
                     {"ss", std::vector<std::string>{"a", "b"}},
                     {"t", Tensor::from(Dims{2}, std::vector<float>{3, 4})}});
  y->producer()->domain = "com.example";
  y->producer()->doc = "what it does";
  y->dtype = DType::kFloat32;
  Model model = b.finish({b.node("Relu", {y})});
  model.opsets["com.example"] = 3;
  expect_round_trip(model);
}

TEST(RoundTrip, ModelFields) {
  Model model = small_cnn();
  model.domain = "com.example";
  model.doc = "a model";
  model.model_version = 7;
  model.metadata = {{"author", "me"}, {"license", "Apache-2.0"}};
  model.graph->name = "classifier";
  model.graph->doc = "a graph";
  const auto back = read_onnx_bytes(bytes_of(*to_onnx_bytes(model)));
  ASSERT_OK(back);
  EXPECT_EQ(back->domain, "com.example");
  EXPECT_EQ(back->doc, "a model");
  EXPECT_EQ(back->model_version, 7);
  EXPECT_EQ(back->metadata, model.metadata);
  EXPECT_EQ(back->graph->name, "classifier");
  EXPECT_EQ(back->graph->doc, "a graph");
  EXPECT_EQ(back->producer_name, "headrace");
}

TEST(RoundTrip, TheIrVersionIsHighEnoughForTheOpset) {
  Model model = small_cnn(21);
  model.ir_version = 3;
  const auto back = read_onnx_bytes(bytes_of(*to_onnx_bytes(model)));
  ASSERT_OK(back);
  EXPECT_EQ(back->ir_version, 10);
}

TEST(RoundTrip, SubgraphsSequencesAndSparseTensors) {
  auto proto = testing::empty_model();
  auto* graph = proto->mutable_graph();
  testing::add_tensor_type(graph->add_input(), "c", onnx::TensorProto::BOOL, {});
  testing::add_node(graph, "Neg", {"x"}, {"captured"});
  auto* node = testing::add_node(graph, "If", {"c"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::GRAPH);
    attribute->mutable_g()->set_name(name);
    testing::add_node(attribute->mutable_g(), name[0] == 't' ? "Relu" : "Abs", {"captured"}, {std::string("out_of_") + name});
    attribute->mutable_g()->add_output()->set_name(std::string("out_of_") + name);
  }
  testing::add_node(graph, "SequenceConstruct", {"x", "y"}, {"sequence"});
  graph->add_output()->set_name("y");
  graph->add_output()->set_name("sequence");
  auto model = from_proto(proto, {});
  ASSERT_OK(model);
  expect_round_trip(*model);
  EXPECT_EQ(to_string(*model->graph->find("y")->shape), "[2]");
  EXPECT_FALSE(model->graph->find("sequence")->opaque_type.empty());
  const auto back = read_onnx_bytes(bytes_of(*to_onnx_bytes(*model)));
  ASSERT_OK(back);
  EXPECT_TRUE(back->graph->find("captured")->pinned());
  EXPECT_EQ(std::get<OpaqueAttribute>(*back->graph->find("y")->producer()->attribute("then_branch")),
            std::get<OpaqueAttribute>(*model->graph->find("y")->producer()->attribute("then_branch")));
}

// The fuzzer's seeds, written by the onnx Python package.
TEST(RoundTrip, ModelsOfAnotherWriter) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(testing::test_data()) / "fuzz/onnx")) {
    SCOPED_TRACE(entry.path());
    auto model = read_onnx(entry.path());
    ASSERT_OK(model);
    expect_round_trip(*model);
    ++count;
  }
  EXPECT_GE(count, 7);
}

TEST(WriteOnnx, WritesOneFileAndNothingBeside) {
  TemporaryFolder folder;
  Model model = small_cnn();
  ASSERT_OK(infer_shapes(model));
  ASSERT_OK(write_onnx(model, folder / "m.onnx"));
  EXPECT_EQ(testing::read_file(folder / "m.onnx"), *to_onnx_bytes(model));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteOnnx, ExternalDataLiesBesideTheModel) {
  TemporaryFolder folder;
  Model model = small_cnn();
  ASSERT_OK(infer_shapes(model));
  WriteOptions options;
  options.external_data = true;
  ASSERT_OK(write_onnx(model, folder / "m.onnx", options));
  EXPECT_EQ(fs::file_size(folder / "m.onnx.data"), 4800u);  // fc: 4 x 300 floats; the rest is small enough to stay inside
  EXPECT_LT(fs::file_size(folder / "m.onnx"), 3000u);
  const auto back = read_onnx(folder / "m.onnx");
  ASSERT_OK(back);
  EXPECT_EQ(to_text(*back), to_text(model));
  expect_same_constants(model, *back);
}

TEST(WriteOnnx, AModelMayReplaceTheFilesItsConstantsLieIn) {
  TemporaryFolder folder;
  Model model = small_cnn();
  WriteOptions options;
  options.external_data = true;
  ASSERT_OK(write_onnx(model, folder / "m.onnx", options));
  const auto mapped = read_onnx(folder / "m.onnx");
  ASSERT_OK(mapped);
  ASSERT_OK(write_onnx(*mapped, folder / "m.onnx", options));
  expect_same_constants(model, *mapped);
  const auto again = read_onnx(folder / "m.onnx");
  ASSERT_OK(again);
  expect_same_constants(model, *again);
}

TEST(WriteOnnx, WithoutValueInfoTheTypesAreInferredAgain) {
  Model model = small_cnn();
  ASSERT_OK(infer_shapes(model));
  TemporaryFolder folder;
  WriteOptions options;
  options.value_info = false;
  ASSERT_OK(write_onnx(model, folder / "m.onnx", options));
  EXPECT_LT(fs::file_size(folder / "m.onnx"), to_onnx_bytes(model)->size());
  EXPECT_EQ(to_text(*read_onnx(folder / "m.onnx")), to_text(model));
}

TEST(WriteOnnx, PastTwoGigabytesThereAreNoBytesInMemory) {
  // Two tensors of 1.2 GB that lie in one sparse file, of which nothing is read.
  TemporaryFolder folder;
  const size_t bytes = size_t{1200} << 20;
  { std::ofstream(folder / "zeros").put('\0'); }
  fs::resize_file(folder / "zeros", bytes);
  const auto file = MappedFile::open(folder / "zeros");
  ASSERT_OK(file);
  const Dims dims{static_cast<int64_t>(bytes)};
  const auto tensor = Tensor::wrap(DType::kUint8, dims, *file, (*file)->bytes().data(), bytes);
  ASSERT_OK(tensor);
  const Model model = model_of({*tensor, *tensor});
  EXPECT_ERROR(to_onnx_bytes(model), "larger than 2 GB");
}

TEST(WriteOnnx, FailuresLeaveNothingBehind) {
  TemporaryFolder folder;
  EXPECT_ERROR(write_onnx(small_cnn(), folder / "missing/m.onnx"), "does not exist");
  fs::create_directories(folder / "taken/x");
  EXPECT_ERROR(write_onnx(small_cnn(), folder / "taken"), "taken");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

// A limit on the size of files fails write() in the middle, as a full disk does.
TEST(WriteOnnx, AWriteThatFailsLeavesNothing) {
  TemporaryFolder folder;
  Random random;
  const Model model = model_of({random.normal({100, 100})});
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{8192, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = write_onnx(model, folder / "m.onnx");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_ERROR(status, "m.onnx");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kIo);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace headrace
