// Our IR to ONNX protobuf.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "ir/model.h"

namespace onnx {
class ModelProto;
class TensorProto;
}  // namespace onnx

namespace headrace {

struct ProtoOptions {
  bool value_info = true;
  // Called for each constant instead of copying its bytes into the message: it fills `tensor` (external data, or nothing at all
  // where only shapes matter). Returns false to have the bytes copied after all.
  std::function<bool(const Value& value, onnx::TensorProto& tensor)> constant;
};

Status to_proto(const Model& model, const ProtoOptions& options, onnx::ModelProto& proto);

}  // namespace headrace
