// ONNX protobuf to our IR.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/error.h"
#include "ir/model.h"

namespace onnx {
class ModelProto;
class TensorProto;
}  // namespace onnx

namespace headrace {

// Takes the message over: constants point into it (it lives as long as they do), nothing large is copied. `folder` is where
// external data may lie. The graph is sorted and verified; types and shapes are those the file states.
Result<Model> from_proto(std::shared_ptr<onnx::ModelProto> proto, const std::filesystem::path& folder);

// Initialisers for which `constant` has a tensor take it instead of what the message holds.
using ConstantSource = std::function<std::optional<Tensor>(const onnx::TensorProto&)>;
Result<Model> from_proto(std::shared_ptr<onnx::ModelProto> proto, const std::filesystem::path& folder,
                         const ConstantSource& constant);

}  // namespace headrace
