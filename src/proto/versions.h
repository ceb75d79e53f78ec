// IR versions, opsets and ops: what the onnx library knows, and what a file asks for.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace onnx {
class ModelProto;
}  // namespace onnx

namespace headrace {

constexpr int64_t kOldestOpset = 11;

// The IR version that came with an opset of ai.onnx.
int64_t ir_version_of_opset(int64_t opset);

// Errors: unsupported for an IR version or opset outside of what is read; invalid_model for ops that do not exist in the
// declared opset (subgraphs included; all of them are listed).
Status check_versions(const onnx::ModelProto& proto);
Status check_ops(const onnx::ModelProto& proto);

}  // namespace headrace
