// ONNX protobuf to our IR.
#pragma once

#include <filesystem>
#include <memory>

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

}  // namespace headrace
