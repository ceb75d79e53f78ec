#include "proto/subgraph.h"

#include "onnx/onnx_pb.h"
#include "proto/tensor_proto.h"

namespace headrace {
namespace {

// Recursion here and below is as deep as the message, which protobuf's parser limits to 100 levels.
std::set<std::string> free_names(const onnx::GraphProto& graph) {
  std::set<std::string> read, defined;
  for (const auto& node : graph.node()) {
    read.insert(node.input().begin(), node.input().end());
    read.merge(captured_names(node));
    defined.insert(node.output().begin(), node.output().end());
  }
  for (const auto& output : graph.output()) read.insert(output.name());
  for (const auto& input : graph.input()) defined.insert(input.name());
  for (const auto& tensor : graph.initializer()) defined.insert(tensor.name());
  for (const auto& tensor : graph.sparse_initializer()) defined.insert(tensor.values().name());
  defined.insert("");  // an optional input that is left out
  std::erase_if(read, [&](const std::string& name) { return defined.contains(name); });
  return read;
}

Status load_tensor(onnx::TensorProto& proto, ExternalData& external) {
  if (proto.data_location() != onnx::TensorProto::EXTERNAL) return Ok{};
  auto tensor = take_tensor(proto, external);
  if (!tensor.ok()) return std::move(tensor).error().at("tensor '" + proto.name() + "' of a subgraph");
  proto.clear_external_data();
  proto.clear_data_location();
  store_tensor(*tensor, proto);
  return Ok{};
}

Status load_sparse(onnx::SparseTensorProto& proto, ExternalData& external) {
  HEADRACE_CHECK(load_tensor(*proto.mutable_values(), external));
  return load_tensor(*proto.mutable_indices(), external);
}

Status load_nodes(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, ExternalData& external) {
  for (auto& node : nodes)
    for (auto& attribute : *node.mutable_attribute()) HEADRACE_CHECK(load_external_data(attribute, external));
  return Ok{};
}

Status load_graph(onnx::GraphProto& graph, ExternalData& external) {
  for (auto& tensor : *graph.mutable_initializer()) HEADRACE_CHECK(load_tensor(tensor, external));
  for (auto& tensor : *graph.mutable_sparse_initializer()) HEADRACE_CHECK(load_sparse(tensor, external));
  return load_nodes(*graph.mutable_node(), external);
}

}  // namespace

std::set<std::string> captured_names(const onnx::NodeProto& node) {
  std::set<std::string> names;
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) names.merge(free_names(attribute.g()));
    for (const auto& graph : attribute.graphs()) names.merge(free_names(graph));
  }
  return names;
}

Status load_external_data(onnx::AttributeProto& attribute, ExternalData& external) {
  if (attribute.has_t()) HEADRACE_CHECK(load_tensor(*attribute.mutable_t(), external));
  for (auto& tensor : *attribute.mutable_tensors()) HEADRACE_CHECK(load_tensor(tensor, external));
  if (attribute.has_sparse_tensor()) HEADRACE_CHECK(load_sparse(*attribute.mutable_sparse_tensor(), external));
  for (auto& tensor : *attribute.mutable_sparse_tensors()) HEADRACE_CHECK(load_sparse(tensor, external));
  if (attribute.has_g()) HEADRACE_CHECK(load_graph(*attribute.mutable_g(), external));
  for (auto& graph : *attribute.mutable_graphs()) HEADRACE_CHECK(load_graph(graph, external));
  return Ok{};
}

Status load_external_data(onnx::FunctionProto& function, ExternalData& external) {
  for (auto& attribute : *function.mutable_attribute_proto()) HEADRACE_CHECK(load_external_data(attribute, external));
  return load_nodes(*function.mutable_node(), external);
}

}  // namespace headrace
