#include "proto/to_proto.h"

#include <algorithm>

#include "onnx/onnx_pb.h"
#include "proto/attribute_proto.h"
#include "proto/guard.h"
#include "proto/tensor_proto.h"
#include "proto/type_proto.h"
#include "proto/versions.h"

namespace headrace {
namespace {

Status write_header(const Model& model, onnx::ModelProto& proto) {
  proto.set_ir_version(std::max(model.ir_version, ir_version_of_opset(model.opset())));
  for (const auto& [domain, version] : model.opsets) {
    auto* entry = proto.add_opset_import();
    entry->set_domain(domain);
    entry->set_version(version);
  }
  if (!model.producer_name.empty()) proto.set_producer_name(model.producer_name);
  if (!model.producer_version.empty()) proto.set_producer_version(model.producer_version);
  if (!model.domain.empty()) proto.set_domain(model.domain);
  if (!model.doc.empty()) proto.set_doc_string(model.doc);
  if (model.model_version != 0) proto.set_model_version(model.model_version);
  for (const auto& [key, value] : model.metadata) {
    auto* entry = proto.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  for (const std::string& function : model.functions)
    if (!proto.add_functions()->ParseFromString(function))
      return internal_error("a function carried through is not a FunctionProto");
  return Ok{};
}

void write_value_info(const Value& value, onnx::ValueInfoProto& proto) {
  proto.set_name(value.name());
  onnx::TypeProto type;
  if (store_type(value, type)) *proto.mutable_type() = std::move(type);
}

Status write_node(const Node& node, onnx::NodeProto& proto) {
  proto.set_op_type(node.op_type);
  if (!node.domain.empty()) proto.set_domain(node.domain);
  if (!node.overload.empty()) proto.set_overload(node.overload);
  if (!node.name.empty()) proto.set_name(node.name);
  if (!node.doc.empty()) proto.set_doc_string(node.doc);
  for (const Value* input : node.inputs()) proto.add_input(input == nullptr ? std::string() : input->name());
  for (const Value* output : node.outputs()) proto.add_output(output == nullptr ? std::string() : output->name());
  for (const auto& [name, attribute] : node.attributes) {
    auto status = store_attribute(name, attribute, *proto.add_attribute());
    if (!status.ok()) return std::move(status).error().at(node.describe() + ": attribute '" + name + "'");
  }
  return Ok{};
}

void write_constant(const Value& value, const ProtoOptions& options, onnx::TensorProto& proto) {
  proto.set_name(value.name());
  describe_tensor(value.constant(), proto);
  if (options.constant && options.constant(value, proto)) return;
  store_tensor(value.constant(), proto);
}

bool has_info_to_keep(const Value& value) {
  return value.producer() != nullptr && !value.is_graph_output() &&
         (value.dtype != DType::kUndefined || !value.opaque_type.empty());
}

Status write_graph(const Graph& graph, const ProtoOptions& options, onnx::GraphProto& proto) {
  proto.set_name(graph.name);
  if (!graph.doc.empty()) proto.set_doc_string(graph.doc);
  for (const Value* input : graph.inputs()) write_value_info(*input, *proto.add_input());
  for (const Value* output : graph.outputs()) write_value_info(*output, *proto.add_output());
  for (const auto& node : graph.nodes()) HEADRACE_CHECK(write_node(*node, *proto.add_node()));
  for (const auto& value : graph.values()) {
    if (value->is_constant()) write_constant(*value, options, *proto.add_initializer());
    else if (options.value_info && has_info_to_keep(*value)) write_value_info(*value, *proto.add_value_info());
  }
  return Ok{};
}

}  // namespace

Status to_proto(const Model& model, const ProtoOptions& options, onnx::ModelProto& proto) {
  return guard(ErrorCode::kInternal, [&]() -> Status {
    proto.Clear();
    HEADRACE_CHECK(write_header(model, proto));
    return write_graph(*model.graph, options, *proto.mutable_graph());
  });
}

}  // namespace headrace
