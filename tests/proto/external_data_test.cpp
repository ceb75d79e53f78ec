#include "proto/external_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "proto/from_proto.h"
#include "proto/proto_builder.h"
#include "support/test_support.h"

namespace headrace {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

class External : public ::testing::Test {
 protected:
  External() {
    fs::create_directories(folder_ / "model");
    testing::write_file(folder_ / "model/w.bin", std::string(4096, '\0') + std::string("\0\0\x80\x3f\0\0\0\x40", 8));
    testing::write_file(folder_ / "outside.bin", std::string(8, '\0'));
  }

  Result<Model> read(const std::vector<std::pair<std::string, std::string>>& entries) {
    auto proto = testing::empty_model();
    testing::set_external(testing::add_weight(*proto), entries);
    return from_proto(proto, folder_ / "model");
  }

  TemporaryFolder folder_;
};

TEST_F(External, ReadsFromTheMappedFile) {
  const auto model = read({{"location", "w.bin"}, {"offset", "4096"}, {"length", "8"}});
  ASSERT_OK(model);
  EXPECT_TRUE(model->graph->find("w")->constant().same_bits(Tensor::from(Dims{2}, std::vector<float>{1, 2})));
}

TEST_F(External, LengthMayBeLeftOut) {
  const auto model = read({{"location", "./w.bin"}, {"offset", "4096"}});
  ASSERT_OK(model);
  EXPECT_EQ(model->graph->find("w")->constant().as<float>()[1], 2);
}

TEST_F(External, ReadsFromAFolderBelow) {
  testing::write_file(folder_ / "model/sub/w.bin", std::string(8, '\0'));
  ASSERT_OK(read({{"location", "sub/w.bin"}}));
}

TEST_F(External, RefusesPathsThatLeaveTheFolder) {
  EXPECT_ERROR(read({{"location", "../outside.bin"}}), "leaves the model's folder");
  EXPECT_ERROR(read({{"location", "sub/../../outside.bin"}}), "leaves the model's folder");
  EXPECT_ERROR(read({{"location", (folder_ / "outside.bin").string()}}), "absolute");
  EXPECT_ERROR(read({{"location", std::string("w.bin\0x", 7)}}), "absolute");
}

TEST_F(External, RefusesSymbolicLinksAnywhereOnTheWay) {
  fs::create_symlink(folder_ / "outside.bin", folder_ / "model/link.bin");
  EXPECT_ERROR(read({{"location", "link.bin"}}), "symbolic link");
  fs::create_directory_symlink(folder_.path(), folder_ / "model/up");
  EXPECT_ERROR(read({{"location", "up/outside.bin"}}), "symbolic link");
}

TEST_F(External, RefusesHardLinks) {
  fs::create_hard_link(folder_ / "outside.bin", folder_ / "model/hard.bin");
  EXPECT_ERROR(read({{"location", "hard.bin"}}), "hard link");
}

TEST_F(External, RefusesWhatIsNoRegularFile) {
  fs::create_directories(folder_ / "model/folder");
  EXPECT_ERROR(read({{"location", "folder"}}), "regular file");
  ASSERT_EQ(mkfifo((folder_ / "model/pipe").c_str(), 0600), 0);
  EXPECT_ERROR(read({{"location", "pipe"}}), "regular file");
}

TEST_F(External, NamesAMissingFileAndTheTensor) {
  const auto model = read({{"location", "gone.bin"}});
  EXPECT_ERROR(model, "'gone.bin' is not in the model's folder");
  EXPECT_ERROR(model, "tensor 'w'");
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.error().code, ErrorCode::kNotFound);
}

TEST_F(External, ChecksOffsetAndLength) {
  EXPECT_ERROR(read({{"location", "w.bin"}, {"offset", "4100"}}), "has only 4104 bytes");
  EXPECT_ERROR(read({{"location", "w.bin"}, {"offset", "18446744073709551615"}, {"length", "8"}}), "has only");
  EXPECT_ERROR(read({{"location", "w.bin"}, {"offset", "8"}, {"length", "18446744073709551615"}}), "has only");
  EXPECT_ERROR(read({{"location", "w.bin"}, {"length", "4"}}), "does not fit its 4 bytes");
  EXPECT_ERROR(read({{"location", "w.bin"}, {"offset", "-1"}}), "'-1' is not a number of bytes");
  EXPECT_ERROR(read({{"location", "w.bin"}, {"offset", "99999999999999999999"}}), "not a number");
  EXPECT_ERROR(read({{"offset", "0"}}), "no location");
}

TEST_F(External, AModelInMemoryHasNone) {
  auto proto = testing::empty_model();
  testing::set_external(testing::add_weight(*proto), {{"location", "w.bin"}});
  EXPECT_ERROR(from_proto(proto, {}), "in memory");
}

TEST_F(External, IsLoadedIntoSubgraphs) {
  auto proto = testing::empty_model();
  auto* graph = proto->mutable_graph();
  testing::add_tensor_type(graph->add_input(), "c", onnx::TensorProto::BOOL, {});
  auto* node = testing::add_node(graph, "If", {"c"}, {"y"});
  graph->add_output()->set_name("y");
  for (const char* name : {"then_branch", "else_branch"}) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::GRAPH);
    testing::set_external(testing::add_initializer(attribute->mutable_g(), "w", onnx::TensorProto::FLOAT, {2}),
                          {{"location", "w.bin"}, {"offset", "4096"}});
    testing::add_node(attribute->mutable_g(), "Add", {"x", "w"}, {"z"});
    attribute->mutable_g()->add_output()->set_name("z");
  }
  const auto model = from_proto(proto, folder_ / "model");
  ASSERT_OK(model);
  const auto* opaque = std::get_if<OpaqueAttribute>(model->graph->nodes()[0]->attribute("then_branch"));
  ASSERT_NE(opaque, nullptr);
  onnx::AttributeProto back;
  ASSERT_TRUE(back.ParseFromString(opaque->bytes));
  EXPECT_EQ(back.g().initializer(0).raw_data(), std::string("\0\0\x80\x3f\0\0\0\x40", 8));
  EXPECT_EQ(back.g().initializer(0).external_data_size(), 0);
}

}  // namespace
}  // namespace headrace
