// Hand-made ONNX messages, for what Headrace's own writer would never write.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "onnx/onnx_pb.h"

namespace headrace::testing {

inline void add_tensor_type(onnx::ValueInfoProto* info, const std::string& name, int32_t type, const std::vector<int64_t>& dims) {
  info->set_name(name);
  auto* tensor = info->mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  auto* shape = tensor->mutable_shape();
  for (const int64_t dim : dims) shape->add_dim()->set_dim_value(dim);
}

inline onnx::NodeProto* add_node(onnx::GraphProto* graph, const std::string& op, const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs) {
  auto* node = graph->add_node();
  node->set_op_type(op);
  for (const auto& name : inputs) node->add_input(name);
  for (const auto& name : outputs) node->add_output(name);
  return node;
}

inline onnx::TensorProto* add_initializer(onnx::GraphProto* graph, const std::string& name, int32_t type,
                                          const std::vector<int64_t>& dims) {
  auto* tensor = graph->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(type);
  for (const int64_t dim : dims) tensor->add_dims(dim);
  return tensor;
}

inline void set_external(onnx::TensorProto* tensor, const std::vector<std::pair<std::string, std::string>>& entries) {
  tensor->set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* entry = tensor->add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
}

// A model with the input x: float32[2], no nodes, and no outputs yet.
inline std::shared_ptr<onnx::ModelProto> empty_model(int64_t opset = 17) {
  auto proto = std::make_shared<onnx::ModelProto>();
  proto->set_ir_version(8);
  proto->add_opset_import()->set_version(opset);
  proto->mutable_graph()->set_name("main");
  add_tensor_type(proto->mutable_graph()->add_input(), "x", onnx::TensorProto::FLOAT, {2});
  return proto;
}

// y = Relu(x).
inline std::shared_ptr<onnx::ModelProto> relu_model(int64_t opset = 17) {
  auto proto = empty_model(opset);
  add_node(proto->mutable_graph(), "Relu", {"x"}, {"y"});
  add_tensor_type(proto->mutable_graph()->add_output(), "y", onnx::TensorProto::FLOAT, {2});
  return proto;
}

// y = x + w, where w is the returned initialiser of two floats, without data yet.
inline onnx::TensorProto* add_weight(onnx::ModelProto& proto, int32_t type = onnx::TensorProto::FLOAT) {
  auto* graph = proto.mutable_graph();
  add_node(graph, "Add", {"x", "w"}, {"sum"});
  graph->add_output()->set_name("sum");
  return add_initializer(graph, "w", type, {2});
}

inline std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace headrace::testing
