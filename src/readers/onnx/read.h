// Reading ONNX: opset 11 to the newest the onnx library knows, external data, models past 2 GB by external data.
#pragma once

#include <filesystem>
#include <span>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// Reads a model file. Large constants stay in the mapped file or in the parsed message: they are not copied.
// The model is complete: types and shapes that the file leaves out are inferred (infer_shapes), the verifier has passed.
// Errors, each with the path in its context: not_found; invalid_model for what is not ONNX, is truncated, has a tensor whose
// bytes do not match its shape (named), an external-data path that is missing or leaves the model's folder ("..", absolute,
// symbolic or hard link out), an op the opset does not have (all of them listed), a cycle; unsupported for an opset below 11 or
// newer than the library knows.
Result<Model> read_onnx(const std::filesystem::path& path);

// The same from bytes in memory. `folder` is where external data may lie (empty: external data is an error).
Result<Model> read_onnx_bytes(std::span<const std::byte> bytes, const std::filesystem::path& folder = {});

}  // namespace headrace
