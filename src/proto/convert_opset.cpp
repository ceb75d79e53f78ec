#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "onnx/onnx_pb.h"
#include "onnx/version_converter/convert.h"
#include "proto/from_proto.h"
#include "proto/guard.h"
#include "proto/infer_shapes.h"
#include "proto/to_proto.h"
#include "proto/versions.h"

namespace headrace {
namespace {

constexpr size_t kAdaptersMayRead = 1024;  // elements: axes, shapes, scales; weights are put back afterwards

Result<onnx::ModelProto> run_converter(const onnx::ModelProto& proto, int64_t opset) {
  auto converted = guard(ErrorCode::kUnsupported, [&]() -> Result<onnx::ModelProto> {
    return onnx::version_conversion::ConvertVersion(proto, static_cast<int>(opset));
  });
  if (!converted.ok()) converted.error().message += "; choose an opset nearer to the model's own";
  return converted;
}

}  // namespace

Result<Model> convert_opset(const Model& model, int64_t opset) {
  if (opset < kOldestOpset || opset > newest_opset())
    return unsupported("opset " + std::to_string(opset) + " is outside of " + std::to_string(kOldestOpset) + " to " +
                       std::to_string(newest_opset()));
  if (opset == model.opset()) return clone(model);

  std::map<std::string, Tensor, std::less<>> left_out;
  ProtoOptions options;
  options.constant = [&](const Value& value, onnx::TensorProto&) {
    if (value.constant().size() <= kAdaptersMayRead || value.dtype == DType::kString) return false;
    left_out[value.name()] = value.constant();
    return true;
  };
  onnx::ModelProto proto;
  HEADRACE_CHECK(to_proto(model, options, proto));
  const std::string where = "converting from opset " + std::to_string(model.opset()) + " to " + std::to_string(opset);
  auto converted = run_converter(proto, opset);
  if (!converted.ok()) return std::move(converted).error().at(where);

  const ConstantSource constant = [&](const onnx::TensorProto& tensor) -> std::optional<Tensor> {
    const auto found = left_out.find(tensor.name());
    return found == left_out.end() ? std::nullopt : std::optional<Tensor>(found->second);
  };
  converted->set_ir_version(std::max<int64_t>(proto.ir_version(), ir_version_of_opset(opset)));
  *converted->mutable_functions() = proto.functions();
  auto result = from_proto(std::make_shared<onnx::ModelProto>(*std::move(converted)), {}, constant);
  if (!result.ok()) return std::move(result).error().at(where);
  copy_metadata(model, *result);  // the converter drops it
  result->ir_version = std::max(model.ir_version, ir_version_of_opset(result->opset()));
  HEADRACE_CHECK(infer_shapes(*result));
  return result;
}

}  // namespace headrace
