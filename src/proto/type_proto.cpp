#include "proto/type_proto.h"

#include "onnx/onnx_pb.h"

namespace headrace {
namespace {

Dim from_dim(const onnx::TensorShapeProto::Dimension& proto) {
  if (proto.has_dim_value()) return {proto.dim_value() < 0 ? -1 : proto.dim_value(), {}};  // -1: some exporters' "unknown"
  return {-1, proto.dim_param()};
}

bool is_known_dtype(int32_t number) { return to_string(static_cast<DType>(number)) != to_string(DType::kUndefined); }

}  // namespace

void set_type(const onnx::TypeProto& proto, Value& value) {
  if (proto.value_case() == onnx::TypeProto::VALUE_NOT_SET) return;
  if (!proto.has_tensor_type() || (proto.tensor_type().elem_type() != 0 && !is_known_dtype(proto.tensor_type().elem_type()))) {
    value.opaque_type = proto.SerializeAsString();
    return;
  }
  const auto& tensor = proto.tensor_type();
  if (tensor.elem_type() != 0) value.dtype = static_cast<DType>(tensor.elem_type());
  if (!tensor.has_shape()) return;
  value.shape.emplace();
  for (const auto& dim : tensor.shape().dim()) value.shape->push_back(from_dim(dim));
}

bool store_type(const Value& value, onnx::TypeProto& proto) {
  if (!value.opaque_type.empty()) return proto.ParseFromString(value.opaque_type);
  if (value.dtype == DType::kUndefined) return false;
  auto* tensor = proto.mutable_tensor_type();
  tensor->set_elem_type(static_cast<int32_t>(value.dtype));
  if (!value.shape) return true;
  auto* shape = tensor->mutable_shape();
  for (const Dim& dim : *value.shape) {
    auto* stored = shape->add_dim();
    if (dim.known()) stored->set_dim_value(dim.extent);
    else if (!dim.symbol.empty()) stored->set_dim_param(dim.symbol);
  }
  return true;
}

}  // namespace headrace
