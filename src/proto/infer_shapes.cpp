#include "proto/infer_shapes.h"

#include <set>
#include <string>

#include "onnx/onnx_pb.h"
#include "onnx/shape_inference/implementation.h"
#include "proto/guard.h"
#include "proto/to_proto.h"
#include "proto/type_proto.h"

namespace headrace {
namespace {

constexpr size_t kSmallIntegers = 1024;  // shapes, axes, indices of Gather
constexpr size_t kSmallFloats = 16;      // the scales of Resize, the limits of Range

bool shapes_may_depend_on(const Tensor& tensor) {
  if (tensor.dtype() == DType::kInt64 || tensor.dtype() == DType::kInt32) return tensor.size() <= kSmallIntegers;
  return tensor.size() <= kSmallFloats;
}

// Constants without their bytes are shown to the onnx library as values of known type: an initialiser without data would be an
// error.
void turn_empty_initializers_into_types(const Model& model, onnx::GraphProto& graph) {
  google::protobuf::RepeatedPtrField<onnx::TensorProto> all;
  graph.mutable_initializer()->Swap(&all);
  for (auto& tensor : all) {
    const Value& value = *model.graph->find(tensor.name());
    if (shapes_may_depend_on(value.constant())) {
      graph.add_initializer()->Swap(&tensor);
      continue;
    }
    auto* info = graph.add_value_info();
    info->set_name(tensor.name());
    store_type(value, *info->mutable_type());
  }
}

Status to_proto_for_inference(const Model& model, bool value_info, onnx::ModelProto& proto) {
  ProtoOptions options;
  options.value_info = value_info;
  options.constant = [](const Value& value, onnx::TensorProto&) { return !shapes_may_depend_on(value.constant()); };
  HEADRACE_CHECK(to_proto(model, options, proto));
  turn_empty_initializers_into_types(model, *proto.mutable_graph());
  return Ok{};
}

Status run_inference(onnx::ModelProto& proto, bool propagate_data) {
  return guard(ErrorCode::kInvalidModel, [&]() -> Status {
    const onnx::ShapeInferenceOptions strict(/*check_type_val=*/true, /*strict_mode_val=*/1, propagate_data);
    onnx::shape_inference::InferShapes(proto, onnx::OpSchemaRegistry::Instance(), strict);
    return Ok{};
  });
}

// Types that a file states for intermediate values may be stale, and engines tolerate it. So where they contradict what the ops
// compute, inference runs again without them; what fails then is wrong in itself. But the onnx library's propagation of small
// integer constants takes them all for shapes, and fails on those that broadcast as matrices: so a last run does without it.
Status infer(const Model& model, onnx::ModelProto& proto) {
  HEADRACE_CHECK(to_proto_for_inference(model, /*value_info=*/true, proto));
  if (run_inference(proto, /*propagate_data=*/true).ok()) return Ok{};
  HEADRACE_CHECK(to_proto_for_inference(model, /*value_info=*/false, proto));
  Status failed = run_inference(proto, /*propagate_data=*/true);
  if (failed.ok()) return failed;
  HEADRACE_CHECK(to_proto_for_inference(model, /*value_info=*/true, proto));
  return run_inference(proto, /*propagate_data=*/false).ok() ? Status(Ok{}) : failed;
}

using Symbols = std::set<std::string, std::less<>>;

Symbols symbols_of(const Graph& graph) {
  Symbols symbols;
  for (const auto& value : graph.values())
    if (value->shape)
      for (const Dim& dim : *value->shape) symbols.insert(dim.symbol);
  return symbols;
}

// The onnx library names every dimension it does not know ("unk__0"); only the model's own names mean something.
void drop_invented_symbols(const Symbols& known, Value& value) {
  if (!value.shape) return;
  for (Dim& dim : *value.shape)
    if (dim.symbol.starts_with("unk__") && !known.contains(dim.symbol)) dim.symbol.clear();
}

void read_types(const google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>& infos, const Symbols& known, Graph& graph) {
  for (const auto& info : infos) {
    Value* value = graph.find(info.name());
    if (value == nullptr || value->is_constant()) continue;
    set_type(info.type(), *value);
    drop_invented_symbols(known, *value);
  }
}

}  // namespace

Status infer_shapes(Model& model) {
  return guard(ErrorCode::kInvalidModel, [&]() -> Status {
    onnx::ModelProto proto;
    if (auto status = infer(model, proto); !status.ok()) return std::move(status).error().at("shape inference");
    const Symbols known = symbols_of(*model.graph);
    read_types(proto.graph().value_info(), known, *model.graph);
    read_types(proto.graph().input(), known, *model.graph);
    read_types(proto.graph().output(), known, *model.graph);
    return Ok{};
  });
}

}  // namespace headrace
