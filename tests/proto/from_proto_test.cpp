#include "proto/from_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ir/text.h"
#include "proto/infer_shapes.h"
#include "proto/proto_builder.h"
#include "support/test_support.h"

namespace headrace {
namespace {

using onnx::AttributeProto;
using onnx::TensorProto;
using testing::add_initializer;
using testing::add_node;
using testing::empty_model;
using testing::relu_model;

AttributeProto* add_attribute(onnx::NodeProto* node, const std::string& name, AttributeProto::AttributeType type) {
  auto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return attribute;
}

TEST(FromProto, ReadsASmallModel) {
  const auto model = from_proto(relu_model(), {});
  ASSERT_OK(model);
  EXPECT_EQ(to_text(*model),
            "graph main opset 17\n"
            "  input x: float32[2]\n"
            "  y: float32[2] = Relu(x)\n"
            "  output y: float32[2]\n");
}

TEST(FromProto, InitialisersThatAreInputsAsWellBecomeConstants) {
  auto proto = empty_model(11);
  proto->set_ir_version(3);
  testing::add_weight(*proto)->set_raw_data(std::string(8, '\0'));
  testing::add_tensor_type(proto->mutable_graph()->add_input(), "w", TensorProto::FLOAT, {2});
  const auto model = from_proto(proto, {});
  ASSERT_OK(model);
  EXPECT_EQ(model->graph->inputs().size(), 1u);
  EXPECT_TRUE(model->graph->find("w")->is_constant());
}

TEST(FromProto, ConstantNodesBecomeConstants) {
  auto proto = empty_model();
  auto* graph = proto->mutable_graph();
  add_attribute(add_node(graph, "Constant", {}, {"i"}), "value_int", AttributeProto::INT)->set_i(3);
  add_attribute(add_node(graph, "Constant", {}, {"f"}), "value_float", AttributeProto::FLOAT)->set_f(0.5f);
  add_attribute(add_node(graph, "Constant", {}, {"is"}), "value_ints", AttributeProto::INTS)->add_ints(4);
  add_attribute(add_node(graph, "Constant", {}, {"fs"}), "value_floats", AttributeProto::FLOATS)->add_floats(1.5f);
  add_attribute(add_node(graph, "Constant", {}, {"s"}), "value_string", AttributeProto::STRING)->set_s("text");
  auto* tensor = add_attribute(add_node(graph, "Constant", {}, {"t"}), "value", AttributeProto::TENSOR)->mutable_t();
  tensor->set_data_type(TensorProto::FLOAT);
  tensor->add_float_data(7);
  for (const char* name : {"i", "f", "is", "fs", "s", "t"}) graph->add_output()->set_name(name);
  const auto model = from_proto(proto, {});
  ASSERT_OK(model);
  EXPECT_TRUE(model->graph->nodes().empty());
  EXPECT_TRUE(model->graph->find("i")->constant().same_bits(Tensor::scalar<int64_t>(3)));
  EXPECT_TRUE(model->graph->find("f")->constant().same_bits(Tensor::scalar(0.5f)));
  EXPECT_TRUE(model->graph->find("is")->constant().same_bits(Tensor::from(Dims{1}, std::vector<int64_t>{4})));
  EXPECT_TRUE(model->graph->find("fs")->constant().same_bits(Tensor::from(Dims{1}, std::vector<float>{1.5f})));
  EXPECT_EQ(model->graph->find("s")->constant().strings(), std::vector<std::string>{"text"});
  EXPECT_TRUE(model->graph->find("t")->constant().same_bits(Tensor::scalar(7.0f)));
}

TEST(FromProto, SparseInitialisersBecomeSparseConstantNodes) {
  auto proto = empty_model();
  auto* graph = proto->mutable_graph();
  auto* sparse = graph->add_sparse_initializer();
  sparse->add_dims(2);
  sparse->mutable_values()->set_name("w");
  sparse->mutable_values()->set_data_type(TensorProto::FLOAT);
  sparse->mutable_values()->add_dims(1);
  sparse->mutable_values()->add_float_data(3);
  sparse->mutable_indices()->set_data_type(TensorProto::INT64);
  sparse->mutable_indices()->add_dims(1);
  sparse->mutable_indices()->add_int64_data(1);
  add_node(graph, "Add", {"x", "w"}, {"y"});
  graph->add_output()->set_name("y");
  auto model = from_proto(proto, {});
  ASSERT_OK(model);
  ASSERT_OK(infer_shapes(*model));
  ASSERT_EQ(model->graph->nodes().size(), 2u);
  EXPECT_TRUE(model->graph->nodes()[0]->is("Constant"));
  EXPECT_EQ(model->graph->find("y")->shape, make_shape({2}));
}

TEST(FromProto, PinsWhatSubgraphsCapture) {
  auto proto = empty_model();
  auto* graph = proto->mutable_graph();
  testing::add_tensor_type(graph->add_input(), "c", TensorProto::BOOL, {});
  add_node(graph, "Relu", {"x"}, {"captured"});
  add_node(graph, "Neg", {"x"}, {"shadowed"});
  add_node(graph, "Abs", {"x"}, {"deep"});
  auto* node = add_node(graph, "If", {"c"}, {"y"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto* body = add_attribute(node, name, AttributeProto::GRAPH)->mutable_g();
    add_initializer(body, "shadowed", TensorProto::FLOAT, {1})->add_float_data(1);
    auto* inner = add_node(body, "If", {"c"}, {"z"});
    for (const char* inner_name : {"then_branch", "else_branch"}) {
      auto* inner_body = add_attribute(inner, inner_name, AttributeProto::GRAPH)->mutable_g();
      add_node(inner_body, "Sum", {"captured", "shadowed", "deep"}, {"r"});
      inner_body->add_output()->set_name("r");
    }
    body->add_output()->set_name("z");
  }
  graph->add_output()->set_name("y");
  const auto model = from_proto(proto, {});
  ASSERT_OK(model);
  EXPECT_TRUE(model->graph->find("captured")->pinned());
  EXPECT_TRUE(model->graph->find("deep")->pinned());
  EXPECT_TRUE(model->graph->find("c")->pinned());
  EXPECT_FALSE(model->graph->find("shadowed")->pinned());
  EXPECT_FALSE(model->graph->find("x")->pinned());
  EXPECT_TRUE(model->graph->find("y")->producer()->has_subgraph());
}

TEST(FromProto, NamesWhatASubgraphMisses) {
  auto proto = empty_model();
  auto* node = add_node(proto->mutable_graph(), "If", {"x"}, {"y"});
  node->set_name("branch");
  auto* body = add_attribute(node, "then_branch", AttributeProto::GRAPH)->mutable_g();
  add_node(body, "Relu", {"ghost"}, {"r"});
  EXPECT_ERROR(from_proto(proto, {}), "If 'branch': its subgraph reads 'ghost'");
}

TEST(FromProto, RefusesOldAndFutureVersions) {
  EXPECT_ERROR(from_proto(relu_model(10), {}), "opset 10, and the oldest that is read is 11; export it again");
  EXPECT_ERROR(from_proto(relu_model(999), {}),
               "opset 999 of ai.onnx, newer than the newest this build knows, " + std::to_string(newest_opset()));
  auto future = relu_model();
  future->set_ir_version(99);
  const auto model = from_proto(future, {});
  EXPECT_ERROR(model, "IR version 99");
  EXPECT_EQ(model.error().code, ErrorCode::kUnsupported);
  auto contradiction = relu_model();
  contradiction->add_opset_import()->set_version(13);
  contradiction->mutable_opset_import(1)->set_domain("ai.onnx");
  EXPECT_ERROR(from_proto(contradiction, {}), "two opsets");
}

TEST(FromProto, EveryOpsetInBetweenIsRead) {
  for (int64_t opset = 11; opset <= newest_opset(); ++opset) EXPECT_TRUE(from_proto(relu_model(opset), {}).ok()) << opset;
}

TEST(FromProto, ListsEveryUnknownOp) {
  auto proto = relu_model(13);
  auto* graph = proto->mutable_graph();
  add_node(graph, "Frobnicate", {"y"}, {"a"})->set_name("f");
  add_node(graph, "LayerNormalization", {"a"}, {"b"});
  add_node(graph, "Upsample", {"b"}, {"c"});
  add_node(graph, "Gadget", {"c"}, {"d"})->set_domain("ai.onnx.ml");
  auto* opset = proto->add_opset_import();
  opset->set_domain("ai.onnx.ml");
  opset->set_version(2);
  const auto model = from_proto(proto, {});
  EXPECT_ERROR(model, "Frobnicate (node 'f', opset 13, unknown)");
  EXPECT_ERROR(model, "LayerNormalization (opset 13; it came with a later opset)");
  EXPECT_ERROR(model, "Upsample (opset 13, which withdrew it)");
  EXPECT_ERROR(model, "ai.onnx.ml.Gadget (opset 2, unknown)");
}

TEST(FromProto, UnknownOpsAreFoundInSubgraphs) {
  auto proto = empty_model();
  auto* node = add_node(proto->mutable_graph(), "If", {"x"}, {"y"});
  add_node(add_attribute(node, "then_branch", AttributeProto::GRAPH)->mutable_g(), "Frobnicate", {}, {"r"});
  EXPECT_ERROR(from_proto(proto, {}), "Frobnicate");
}

TEST(FromProto, CustomDomainsAndFunctionsAreKnown) {
  auto proto = relu_model();
  auto* opset = proto->add_opset_import();
  opset->set_domain("com.example");
  opset->set_version(1);
  add_node(proto->mutable_graph(), "Frobnicate", {"y"}, {"z"})->set_domain("com.example");
  proto->mutable_graph()->add_output()->set_name("z");
  auto* function = proto->add_functions();
  function->set_name("Twice");
  function->set_domain("local");
  function->add_input("a");
  function->add_output("b");
  auto* body = function->add_node();
  body->set_op_type("Add");
  body->add_input("a");
  body->add_input("a");
  body->add_output("b");
  function->add_opset_import()->set_version(17);
  auto* local = proto->add_opset_import();
  local->set_domain("local");
  local->set_version(1);
  add_node(proto->mutable_graph(), "Twice", {"y"}, {"twice"})->set_domain("local");
  proto->mutable_graph()->add_output()->set_name("twice");
  auto model = from_proto(proto, {});
  ASSERT_OK(model);
  ASSERT_OK(infer_shapes(*model));
  EXPECT_EQ(model->functions.size(), 1u);
  EXPECT_EQ(model->graph->find("z")->dtype, DType::kUndefined);
  EXPECT_EQ(model->graph->find("twice")->shape, make_shape({2}));
  EXPECT_FALSE(op_is_known(*model, *model->graph->find("z")->producer()));
  EXPECT_TRUE(op_is_known(*model, *model->graph->find("twice")->producer()));
  EXPECT_TRUE(op_is_known(*model, *model->graph->find("y")->producer()));
}

TEST(FromProto, RefusesNamesThatClash) {
  auto twice = relu_model();
  add_node(twice->mutable_graph(), "Neg", {"x"}, {"y"});
  EXPECT_ERROR(from_proto(twice, {}), "named 'y'");
  auto same_node = empty_model();
  add_node(same_node->mutable_graph(), "Split", {"x"}, {"a", "a"});
  EXPECT_ERROR(from_proto(same_node, {}), "'a' is there twice");
  auto input = relu_model();
  add_node(input->mutable_graph(), "Neg", {"y"}, {"x"});
  EXPECT_ERROR(from_proto(input, {}), "named 'x'");
  auto inputs = relu_model();
  testing::add_tensor_type(inputs->mutable_graph()->add_input(), "x", TensorProto::FLOAT, {2});
  EXPECT_ERROR(from_proto(inputs, {}), "named 'x'");
  auto nameless = relu_model();
  add_initializer(nameless->mutable_graph(), "", TensorProto::FLOAT, {0});
  EXPECT_ERROR(from_proto(nameless, {}), "without a name");
}

TEST(FromProto, RefusesCyclesAndLooseEnds) {
  auto cycle = empty_model();
  add_node(cycle->mutable_graph(), "Add", {"x", "b"}, {"a"})->set_name("first");
  add_node(cycle->mutable_graph(), "Neg", {"a"}, {"b"});
  EXPECT_ERROR(from_proto(cycle, {}), "Add 'first' is part of a cycle");
  auto loose = empty_model();
  add_node(loose->mutable_graph(), "Relu", {"nothing"}, {"y"});
  EXPECT_ERROR(from_proto(loose, {}), "'nothing', which nothing computes");
  auto output = empty_model();
  output->mutable_graph()->add_output()->set_name("y");
  EXPECT_ERROR(from_proto(output, {}), "output 'y' is not computed");
}

TEST(FromProto, SortsNodesThatAreOutOfOrder) {
  auto proto = empty_model();
  add_node(proto->mutable_graph(), "Neg", {"a"}, {"b"});
  add_node(proto->mutable_graph(), "Relu", {"x"}, {"a"});
  proto->mutable_graph()->add_output()->set_name("b");
  const auto model = from_proto(proto, {});
  ASSERT_OK(model);
  EXPECT_TRUE(model->graph->nodes()[0]->is("Relu"));
}

TEST(FromProto, NamesTheNodeAndAttributeThatAreWrong) {
  auto untyped = empty_model();
  auto* node = add_node(untyped->mutable_graph(), "Relu", {"x"}, {"y"});
  node->set_name("r");
  add_attribute(node, "alpha", AttributeProto::UNDEFINED);
  EXPECT_ERROR(from_proto(untyped, {}), "Relu 'r': attribute 'alpha': the attribute has no type");
  auto no_type = empty_model();
  no_type->mutable_graph()->add_input()->set_name("z");
  EXPECT_ERROR(from_proto(no_type, {}), "'z' states no type");
}

}  // namespace
}  // namespace headrace
