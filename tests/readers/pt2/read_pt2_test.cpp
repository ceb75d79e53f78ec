// Exported programs: what is read of a sound one, and that a spoiled one is refused by a message that says what and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"
#include "program_writer.h"
#include "readers/pt2/read.h"
#include "support/pickle_writer.h"
#include "support/test_support.h"
#include "support/zip_writer.h"

namespace headrace {
namespace {

using nlohmann::json;
using testing::file_of;
using testing::ProgramWriter;
using testing::tensor_argument;
using testing::tensor_meta;

Result<Model> read(const ProgramWriter& writer) { return read_pt2(file_of(writer.archive())); }

TEST(ReadPt2, AProgramBecomesAGraph) {
  const auto model = read(ProgramWriter());
  ASSERT_OK(model);
  EXPECT_EQ(to_text(*model), R"(graph main opset 18
  input x: float32[batch, 3]
  const fc.weight: float32[4, 3] = {1, 2, 3, 4, 5, 6, 7, 8, ...} #ee21ffc0
  const fc.bias: float32[4] = {0.5, -0.5, 1.5, -1.5} #f9d234b3
  fc/Gemm_output: float32[batch, 4] = Gemm(x, fc.weight, fc.bias) {transB=1}
  relu: float32[batch, 4] = Relu(fc/Gemm_output)
  output relu: float32[batch, 4]
)");
  EXPECT_EQ(model->graph->nodes().front()->name, "fc/Gemm");
}

TEST(ReadPt2, UnknownKeysAreSkipped) {
  ProgramWriter writer;
  writer.program["a_key_of_tomorrow"] = {{"x", {1, 2, {{"y", "z"}}}}};
  writer.nodes()[0]["colour"] = "blue";
  writer.nodes()[0]["inputs"][0]["arg"]["as_tensor"]["shade"] = 3;
  ASSERT_OK(read(writer));
}

TEST(ReadPt2, AnotherMajorVersionIsRefusedByNumber) {
  ProgramWriter writer;
  writer.program["schema_version"]["major"] = 9;
  EXPECT_ERROR(read(writer), "its schema is version 9.20, and only major version 8 is read");
  writer.program["schema_version"]["major"] = 7;
  EXPECT_ERROR(read(writer), "version 7.20");
}

TEST(ReadPt2, AllUnknownOperatorsAreListedWithTheirLines) {
  ProgramWriter writer;
  writer.add_node("torch.ops.aten.frobnicate.default", "relu", "a");
  writer.add_node("torch.ops.mine.twist.default", "a", "b");
  writer.add_node("torch.ops.mine.twist.default", "b", "c");
  writer.set_output("c");
  EXPECT_ERROR(read(writer),
               "2 operators are not known:\n"
               "  torch.ops.aten.frobnicate.default (1 node; net.py:9, in forward: y = f(x))\n"
               "  torch.ops.mine.twist.default (2 nodes; net.py:9, in forward: y = f(x))");
}

TEST(ReadPt2, ArgumentsThatDoNotFit) {
  ProgramWriter writer;
  json& inputs = writer.nodes()[1]["inputs"];
  inputs = {{{"name", "self"}, {"arg", {{"as_string", "linear"}}}}};
  EXPECT_ERROR(read(writer),
               "torch.ops.aten.relu.default 'relu' (net.py:9, in forward: y = f(x)): the argument 'self' is not a tensor");
  inputs = json::array();
  EXPECT_ERROR(read(writer), "it has no input");
  inputs = {tensor_argument("self", "linear"), {{"name", "sharpness"}, {"arg", {{"as_int", 3}}}}};
  EXPECT_ERROR(read(writer), "its argument 'sharpness' is given and not understood");
  writer.nodes()[1]["target"] = "torch.ops.aten.unsqueeze.default";
  inputs = {tensor_argument("self", "linear"), {{"name", "dim"}, {"arg", {{"as_int", 7}}}}};
  EXPECT_ERROR(read(writer), "axis 7");
}

TEST(ReadPt2, WhatCannotBeReadIsToldAllAtOnce) {
  ProgramWriter writer;
  for (const char* name : {"a", "b"}) {
    json& node = writer.add_node("torch.ops.aten.dropout.default", "relu", name);
    node["inputs"] = {tensor_argument("input", "relu"), {{"name", "train"}, {"arg", {{"as_bool", true}}}}};
  }
  writer.set_output("b");
  EXPECT_ERROR(read(writer), "2 nodes cannot be read");
}

TEST(ReadPt2, NamesThatNothingOrTwoThingsDefine) {
  ProgramWriter later;  // a cycle is a name used before it is there
  later.nodes()[0]["inputs"][0] = tensor_argument("input", "relu");
  EXPECT_ERROR(read(later), "nothing before it computes 'relu'");
  ProgramWriter twice;
  twice.nodes()[1]["outputs"][0]["as_tensor"]["name"] = "linear";
  EXPECT_ERROR(read(twice), "the name 'linear' is defined twice");
  ProgramWriter taken;
  taken.nodes()[1]["outputs"][0]["as_tensor"]["name"] = "x";
  EXPECT_ERROR(read(taken), "the name 'x' is defined twice");
  ProgramWriter inputs;
  json& specs = inputs.program["graph_module"]["signature"]["input_specs"];
  specs.push_back(specs.back());
  EXPECT_ERROR(read(inputs), "two inputs of the graph are called 'x'");
  ProgramWriter output;
  output.set_output("nowhere");
  EXPECT_ERROR(read(output), "nothing before it computes 'nowhere'");
  ProgramWriter unknown;
  unknown.graph()["tensor_values"].erase("relu");
  EXPECT_ERROR(read(unknown), "the file does not say what 'relu' is");
}

TEST(ReadPt2, WeightsThatTheirStorageDoesNotHold) {
  const auto spoiled = [](const char* key, const json& value) {
    ProgramWriter writer;
    writer.weights["config"]["fc.weight"]["tensor_meta"][key] = value;
    return read(writer);
  };
  EXPECT_ERROR(spoiled("storage_offset", {{"as_int", 1}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("storage_offset", {{"as_int", int64_t{1} << 62}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("strides", {{{"as_int", -3}}, {{"as_int", 1}}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("strides", {{{"as_int", 4}}, {{"as_int", 1}}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("strides", json::array()), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("sizes", {{{"as_int", int64_t{1} << 40}}, {{"as_int", int64_t{1} << 40}}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("sizes", {{{"as_int", -1}}, {{"as_int", 3}}}), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("dtype", 9), "scalar type 9");
  EXPECT_ERROR(spoiled("dtype", 8), "tensor 'fc.weight'");
  EXPECT_ERROR(spoiled("layout", 1), "sparse");
  EXPECT_ERROR(spoiled("sizes", {{{"as_int", 3}}, {{"as_int", 3}}}), "not of the shape and type");
}

TEST(ReadPt2, WeightsThatAreNotThere) {
  ProgramWriter no_file, no_entry, pickled, no_meta;
  no_file.files.erase("data/weights/weight_1");
  EXPECT_ERROR(read(no_file), "tensor 'fc.bias': the archive has no 'data/weights/weight_1'");
  no_entry.weights["config"].erase("fc.bias");
  EXPECT_ERROR(read(no_entry), "the archive has no tensor 'fc.bias'");
  pickled.weights["config"]["fc.bias"]["use_pickle"] = true;
  EXPECT_ERROR(read(pickled), "tensor 'fc.bias': it is pickled");
  no_meta.weights["config"]["fc.bias"]["tensor_meta"] = nullptr;
  EXPECT_ERROR(read(no_meta), "tensor 'fc.bias'");
}

TEST(ReadPt2, SharedAndTransposedStorages) {
  ProgramWriter writer;
  json& config = writer.weights["config"];
  config["fc.bias"]["path_name"] = "weight_0";
  config["fc.bias"]["tensor_meta"]["storage_offset"] = {{"as_int", 8}};
  config["fc.weight"]["tensor_meta"]["strides"] = {{{"as_int", 1}}, {{"as_int", 4}}};
  const auto model = read(writer);
  ASSERT_OK(model);
  EXPECT_THAT(model->graph->find("fc.bias")->constant().as<float>(), ::testing::ElementsAre(9, 10, 11, 12));
  EXPECT_THAT(model->graph->find("fc.weight")->constant().as<float>(),
              ::testing::ElementsAre(1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12));
}

TEST(ReadPt2, StateThatChangesIsRefusedByName) {
  ProgramWriter writer;
  json& outputs = writer.program["graph_module"]["signature"]["output_specs"];
  outputs.push_back({{"buffer_mutation", {{"arg", {{"name", "relu"}}}, {"buffer_name", "cache"}}}});
  EXPECT_ERROR(read(writer), "the program changes 'cache' (buffer_mutation)");
  outputs.back() = {{"user_input_mutation", {{"arg", {{"name", "relu"}}}, {"user_input_name", "x"}}}};
  ASSERT_OK(read(writer));
}

TEST(ReadPt2, TextsThatAreNoProgram) {
  for (const char* text :
       {"{", "[]", "nothing", "{\"graph_module\": 3}", "{\"graph_module\": {\"graph\": {\"nodes\": [3]}}}", "\xff\xfe"}) {
    ProgramWriter writer;
    writer.program_text = text;
    EXPECT_ERROR(read(writer), "models/model.json");
  }
}

TEST(ReadPt2, TextsCutOffAnywhere) {
  ProgramWriter writer;
  const std::string text = writer.program.dump();
  for (size_t length = 1; length < text.size(); length += 7) {
    writer.program_text = text.substr(0, length);
    EXPECT_FALSE(read(writer).ok()) << length;
  }
}

TEST(ReadPt2, DeepNesting) {
  ProgramWriter writer;
  const std::string text = writer.program.dump();
  for (const int depth : {100, 100000}) {
    writer.program_text = R"({"unknown": )" + std::string(static_cast<size_t>(depth), '[') +
                          std::string(static_cast<size_t>(depth), ']') + "," + text.substr(1);
    (void)read(writer);  // either is right; it must end
  }
  std::string graphs, ends;
  for (int i = 0; i < 1000; ++i) {
    graphs += R"({"inputs":[{"name":"g","arg":{"as_graph":{"name":"g","graph":{"nodes":[)";
    ends = "]}}}}]}" + ends;
  }
  writer.program_text = R"({"graph_module":{"graph":{"nodes":[)" + graphs + ends + "]}}}";
  EXPECT_ERROR(read(writer), "deeper than 64 levels");
}

TEST(ReadPt2, SizesComputedFromOneAnotherWithoutEnd) {
  ProgramWriter writer;
  std::string last = "1";
  json previous = {{"as_int", 1}};
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "n" + std::to_string(i);
    if (i == 0) {
      writer.nodes().push_back({{"target", "torch.ops.aten.sym_size.int"},
                                {"inputs", {tensor_argument("self", "x"), {{"name", "dim"}, {"arg", {{"as_int", 0}}}}}},
                                {"outputs", {{{"as_sym_int", {{"as_name", name}}}}}}});
    } else {
      writer.nodes().push_back({{"target", "_operator.add"},
                                {"inputs",
                                 {{{"name", "a"}, {"arg", {{"as_sym_int", {{"as_name", "n" + std::to_string(i - 1)}}}}}},
                                  {{"name", "b"}, {"arg", {{"as_int", 1}}}}}},
                                {"outputs", {{{"as_sym_int", {{"as_name", name}}}}}}});
    }
  }
  EXPECT_ERROR(read(writer), "more than 500 steps");
}

TEST(ReadPt2, ManyNodes) {
  ProgramWriter writer;
  std::string last = "relu";
  for (int i = 0; i < 5000; ++i) {
    const std::string name = "y" + std::to_string(i);
    writer.add_node("torch.ops.aten.relu_.default", last, name);
    last = name;
  }
  writer.set_output(last);
  const auto model = read(writer);
  ASSERT_OK(model);
  EXPECT_EQ(model->graph->nodes().size(), 5002u);
}

TEST(ReadPt2, ArchivesThatAreNone) {
  EXPECT_ERROR(read_pt2(file_of("nothing of the kind")), "zip");
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"a/b", "c"}}))), "no exported program");
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"a/data.pkl", "c"}}))), "checkpoint or a TorchScript archive");
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"serialized_exported_program.json", "{}"}}))), "only major version 8");
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"a/archive_format", "pt2"}}))), "models/*.json");
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"a/archive_format", "pt2"}, {"a/byteorder", "big"}}))), "byte order");
  EXPECT_ERROR(read_pt2("no/such.pt2"), "no/such.pt2: there is no such file");
}

TEST(ReadPt2, AFlatArchiveOfBefore) {
  const std::string text = ProgramWriter().program.dump();
  EXPECT_ERROR(read_pt2(file_of(testing::write_zip({{"serialized_exported_program.json", text}}))), "serialized_state_dict.pt");
  EXPECT_ERROR(
      read_pt2(file_of(testing::write_zip({{"serialized_exported_program.json", text}, {"serialized_state_dict.pt", "x"}}))),
      "serialized_state_dict.pt");
}

TEST(ReadPt2, AWrongChecksumIsNamed) {
  std::string bytes = ProgramWriter().archive();
  const size_t at = bytes.find("torch_version");
  bytes[at] = 'T';
  EXPECT_ERROR(read_pt2(file_of(bytes)), "model.json");
}

}  // namespace
}  // namespace headrace
