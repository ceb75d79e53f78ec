// Every kind of file that is no model, or a broken one, gets an error that says so and names the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"
#include "proto/proto_builder.h"
#include "readers/onnx/read.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using namespace std::string_literals;
using testing::bytes_of;
using testing::TemporaryFolder;

std::string valid_bytes() {
  auto proto = testing::empty_model();
  testing::add_weight(*proto)->set_raw_data(std::string(8, '\1'));
  return proto->SerializeAsString();
}

Result<Model> read(const std::string& bytes) { return read_onnx_bytes(bytes_of(bytes)); }

TEST(ReadOnnx, ReadsAFileAndInfersWhatItLeavesOut) {
  TemporaryFolder folder;
  testing::write_file(folder / "model.onnx", valid_bytes());
  const auto model = read_onnx(folder / "model.onnx");
  ASSERT_OK(model);
  EXPECT_EQ(to_text(*model),
            "graph main opset 17\n"
            "  input x: float32[2]\n"
            "  const w: float32[2] = {2.36943e-38, 2.36943e-38} #2ea122d3\n"
            "  sum: float32[2] = Add(x, w)\n"
            "  output sum: float32[2]\n");
}

TEST(ReadOnnx, NamesAFileThatIsNotThere) {
  const auto model = read_onnx("no/such/model.onnx");
  EXPECT_ERROR(model, "no/such/model.onnx: there is no such file");
  EXPECT_EQ(model.error().code, ErrorCode::kNotFound);
}

TEST(ReadOnnx, RefusesAFolder) {
  TemporaryFolder folder;
  EXPECT_ERROR(read_onnx(folder.path()), "not a regular file");
}

TEST(ReadOnnx, TellsWhatAForeignFileIs) {
  EXPECT_ERROR(read(""), "empty");
  EXPECT_ERROR(read("PK\x03\x04 archive/data.pkl"), "PyTorch archive");
  EXPECT_ERROR(read("\x80\x02\x8a\x0al\xfc\x9c"), "legacy format");
  EXPECT_ERROR(read("version https://git-lfs.github.com/spec/v1\noid sha256:0"), "git lfs pull");
  EXPECT_ERROR(read("<!DOCTYPE html><html></html>"), "web page");
  EXPECT_ERROR(read("\x40\0\0\0\0\0\0\0{\"w\":{}}"s), "safetensors");
  EXPECT_ERROR(read("\x18\0\0\0ORTM...."s), "ONNX Runtime's own format");
  EXPECT_ERROR(read("\x1c\0\0\0TFL3...."s), "TensorFlow Lite");
  EXPECT_ERROR(read("just some text, nothing else"), "not an ONNX model");
  EXPECT_ERROR(read(std::string(64, '\0')), "not an ONNX model");
  EXPECT_ERROR(read(std::string(64, '\xff')), "not an ONNX model");
}

TEST(ReadOnnx, NamesTheFileInTheContext) {
  TemporaryFolder folder;
  testing::write_file(folder / "resnet.pth", "PK\x03\x04");
  EXPECT_ERROR(read_onnx(folder / "resnet.pth"), "resnet.pth: this is a PyTorch archive");
}

TEST(ReadOnnx, SaysThatAFileIsTruncated) {
  const std::string bytes = valid_bytes();
  EXPECT_ERROR(read(bytes.substr(0, bytes.size() / 2)), "truncated: a field at byte");
}

TEST(ReadOnnx, NoPrefixOfAModelIsRead) {
  const std::string bytes = valid_bytes();
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read(bytes.substr(0, size)).ok()) << size;
}

TEST(ReadOnnx, SurvivesEveryChangedByte) {
  const std::string bytes = valid_bytes();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      const auto model = read(changed);  // fine or not, but answered
      if (!model.ok()) {
        EXPECT_FALSE(model.error().message.empty());
      }
    }
  }
}

TEST(ReadOnnx, NamesTheTensorWhoseBytesDoNotMatch) {
  auto proto = testing::empty_model();
  testing::add_weight(*proto)->set_raw_data("12345");
  EXPECT_ERROR(read(proto->SerializeAsString()), "tensor 'w': a tensor of type float32 and shape [2] does not fit its 5 bytes");
}

TEST(ReadOnnx, RefusesContradictingTypes) {
  auto proto = testing::empty_model();
  testing::add_weight(*proto, onnx::TensorProto::INT64)->set_raw_data(std::string(16, '\0'));
  EXPECT_ERROR(read(proto->SerializeAsString()), "shape inference");
}

TEST(ReadOnnx, RefusesExternalDataOfAModelInMemory) {
  auto proto = testing::empty_model();
  testing::set_external(testing::add_weight(*proto), {{"location", "w.bin"}});
  EXPECT_ERROR(read(proto->SerializeAsString()), "in memory");
}

TEST(ReadOnnx, FindsExternalDataBesideAModelNamedWithoutFolder) {
  TemporaryFolder folder;
  auto proto = testing::empty_model();
  testing::set_external(testing::add_weight(*proto), {{"location", "w.bin"}});
  testing::write_file(folder / "model.onnx", proto->SerializeAsString());
  testing::write_file(folder / "w.bin", std::string(8, '\0'));
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto model = read_onnx("model.onnx");
  std::filesystem::current_path(before);
  ASSERT_OK(model);
}

TEST(ReadOnnx, DeeplyNestedSubgraphsAreRefusedNotFollowed) {
  std::string bytes = "x";
  for (int depth = 0; depth < 400; ++depth) {  // GraphProto{node{attribute{g{...}}}}, ever deeper
    onnx::AttributeProto attribute;
    attribute.set_s(bytes);
    bytes = attribute.SerializeAsString();
    bytes[0] = 0x32;  // field 6 (g) in the place of field 4 (s)
    onnx::NodeProto node;
    node.set_doc_string(bytes);
    bytes = node.SerializeAsString();
    bytes[0] = 0x2a;  // field 5 (attribute) in the place of field 6 (doc_string)
    onnx::GraphProto graph;
    graph.set_name(bytes);
    bytes = graph.SerializeAsString();
    bytes[0] = 0x0a;  // field 1 (node) in the place of field 2 (name)
  }
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.set_doc_string(bytes);
  std::string file = model.SerializeAsString();
  file[2] = 0x3a;  // field 7 (graph) in the place of field 6 (doc_string)
  EXPECT_ERROR(read(file), "not an ONNX model");
}

}  // namespace
}  // namespace headrace
