#include "proto/graph_reader.h"

#include <map>
#include <unordered_set>
#include <vector>

#include "onnx/onnx_pb.h"
#include "proto/attribute_proto.h"
#include "proto/subgraph.h"
#include "proto/tensor_proto.h"
#include "proto/type_proto.h"

namespace headrace {
namespace {

std::string describe(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.op_type() + " '" + node.name() + "'";
  return node.op_type() + (node.output_size() > 0 ? " (which computes '" + node.output(0) + "')" : "");
}

std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? std::string() : domain; }

template <typename T>
Tensor vector_tensor(const std::vector<T>& values) {
  return Tensor::from(Dims{static_cast<int64_t>(values.size())}, values);
}

// The tensor that a Constant node's attribute stands for; nullopt for a sparse one.
struct ConstantOf {
  std::optional<Tensor> operator()(int64_t value) const { return Tensor::scalar(value); }
  std::optional<Tensor> operator()(float value) const { return Tensor::scalar(value); }
  std::optional<Tensor> operator()(const std::string& value) const { return Tensor::of_strings({}, {value}); }
  std::optional<Tensor> operator()(const std::vector<int64_t>& values) const { return vector_tensor(values); }
  std::optional<Tensor> operator()(const std::vector<float>& values) const { return vector_tensor(values); }
  std::optional<Tensor> operator()(const std::vector<std::string>& values) const {
    return Tensor::of_strings({static_cast<int64_t>(values.size())}, values);
  }
  std::optional<Tensor> operator()(const Tensor& tensor) const { return tensor; }
  std::optional<Tensor> operator()(const OpaqueAttribute&) const { return std::nullopt; }
};

}  // namespace

Status GraphReader::read(onnx::GraphProto& proto) {
  if (!proto.name().empty()) graph_.name = proto.name();
  graph_.doc = proto.doc_string();
  HEADRACE_CHECK(read_inputs(proto));
  HEADRACE_CHECK(read_initializers(proto));
  for (auto& node : *proto.mutable_node()) {
    if (auto status = read_node(node); !status.ok()) return std::move(status).error().at(describe(node));
  }
  HEADRACE_CHECK(read_outputs(proto));
  read_types(proto);
  return pin_captured_values(proto);
}

Value* GraphReader::value_named(const std::string& name) {
  Value* value = graph_.find(name);
  return value == nullptr ? graph_.add_value(name) : value;
}

Result<Value*> GraphReader::new_result(const std::string& name) {
  if (name.empty()) return invalid_model("a value without a name");
  Value* value = value_named(name);
  if (value->producer() != nullptr || value->is_constant() || value->is_graph_input())
    return invalid_model("two things of this graph are named '" + name + "'; names must be unique");
  return value;
}

// Files older than IR version 4 list every initialiser among the inputs as well: those are constants, not inputs.
Status GraphReader::read_inputs(const onnx::GraphProto& proto) {
  std::unordered_set<std::string> constants;
  for (const auto& tensor : proto.initializer()) constants.insert(tensor.name());
  for (const auto& tensor : proto.sparse_initializer()) constants.insert(tensor.values().name());
  for (const auto& input : proto.input()) {
    if (constants.contains(input.name())) continue;
    HEADRACE_TRY(Value * value, new_result(input.name()));
    set_type(input.type(), *value);
    if (value->dtype == DType::kUndefined && value->opaque_type.empty())
      return invalid_model("the input '" + input.name() + "' states no type");
    graph_.add_input(value);
  }
  return Ok{};
}

Status GraphReader::read_initializers(onnx::GraphProto& proto) {
  for (auto& tensor : *proto.mutable_initializer()) {
    if (auto status = read_initializer(tensor); !status.ok())
      return std::move(status).error().at("tensor '" + tensor.name() + "'");
  }
  for (auto& tensor : *proto.mutable_sparse_initializer()) HEADRACE_CHECK(read_sparse_initializer(tensor));
  return Ok{};
}

Status GraphReader::read_initializer(onnx::TensorProto& proto) {
  HEADRACE_TRY(Value * value, new_result(proto.name()));
  if (constant_) {
    if (auto tensor = constant_(proto)) {
      value->set_constant(*std::move(tensor));
      return Ok{};
    }
  }
  HEADRACE_TRY(Tensor tensor, take_tensor(proto, external_));
  value->set_constant(std::move(tensor));
  return Ok{};
}

// The IR has no sparse constants. A Constant node with a sparse_value means the same.
Status GraphReader::read_sparse_initializer(const onnx::SparseTensorProto& proto) {
  const std::string name = proto.values().name();
  HEADRACE_TRY(Value * value, new_result(name));
  onnx::AttributeProto attribute;
  attribute.set_name("sparse_value");
  attribute.set_type(onnx::AttributeProto::SPARSE_TENSOR);
  *attribute.mutable_sparse_tensor() = proto;
  auto read = take_attribute(attribute, external_);
  if (!read.ok()) return std::move(read).error().at("sparse tensor '" + name + "'");
  graph_.append("Constant", {}, {value})->attributes["sparse_value"] = *std::move(read);
  return Ok{};
}

Status GraphReader::read_attributes(onnx::NodeProto& proto, std::map<std::string, Attribute>& attributes) {
  for (auto& attribute : *proto.mutable_attribute()) {
    auto read = take_attribute(attribute, external_);
    if (!read.ok()) return std::move(read).error().at("attribute '" + attribute.name() + "'");
    if (!attributes.emplace(attribute.name(), *std::move(read)).second)
      return invalid_model("the attribute '" + attribute.name() + "' is there twice");
  }
  return Ok{};
}

// Constant nodes become constants of the graph; sparse ones stay nodes (`read` tells).
Status GraphReader::read_constant_node(const onnx::NodeProto& proto, const Attribute& attribute, bool& read) {
  auto tensor = std::visit(ConstantOf{}, attribute);
  if (!tensor || proto.output_size() != 1) return Ok{};
  HEADRACE_TRY(Value * value, new_result(proto.output(0)));
  value->set_constant(*std::move(tensor));
  read = true;
  return Ok{};
}

Status GraphReader::read_node(onnx::NodeProto& proto) {
  if (proto.op_type().empty()) return invalid_model("a node without an op type");
  std::map<std::string, Attribute> attributes;
  HEADRACE_CHECK(read_attributes(proto, attributes));
  const std::string domain = plain_domain(proto.domain());
  if (domain.empty() && proto.op_type() == "Constant" && attributes.size() == 1) {
    bool read = false;
    HEADRACE_CHECK(read_constant_node(proto, attributes.begin()->second, read));
    if (read) return Ok{};
  }

  std::vector<Value*> inputs, outputs;
  for (const auto& name : proto.input()) inputs.push_back(name.empty() ? nullptr : value_named(name));
  std::unordered_set<std::string_view> seen;
  for (const auto& name : proto.output()) {
    if (name.empty()) {
      outputs.push_back(nullptr);
      continue;
    }
    HEADRACE_TRY(Value * value, new_result(name));
    if (!seen.insert(name).second) return invalid_model("the output '" + name + "' is there twice");
    outputs.push_back(value);
  }
  Node* node = graph_.append(proto.op_type(), std::move(inputs), std::move(outputs));
  node->domain = domain;
  node->overload = proto.overload();
  node->name = proto.name();
  node->doc = proto.doc_string();
  node->attributes = std::move(attributes);
  return Ok{};
}

Status GraphReader::read_outputs(const onnx::GraphProto& proto) {
  for (const auto& output : proto.output()) {
    if (output.name().empty()) return invalid_model("an output of the graph has no name");
    graph_.add_output(value_named(output.name()));
  }
  return Ok{};
}

void GraphReader::read_types(const onnx::GraphProto& proto) {
  const auto read = [this](const onnx::ValueInfoProto& info) {
    Value* value = graph_.find(info.name());
    if (value != nullptr && !value->is_constant() && !value->is_graph_input()) set_type(info.type(), *value);
  };
  for (const auto& info : proto.value_info()) read(info);
  for (const auto& info : proto.output()) read(info);
}

Status GraphReader::pin_captured_values(const onnx::GraphProto& proto) {
  for (const auto& node : proto.node()) {
    for (const std::string& name : captured_names(node)) {
      Value* value = graph_.find(name);
      if (value == nullptr)
        return invalid_model("its subgraph reads '" + name + "', which nothing computes and no input provides")
            .at(describe(node));
      value->pin();
    }
  }
  return Ok{};
}

}  // namespace headrace
