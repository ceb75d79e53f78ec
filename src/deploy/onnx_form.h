// Models that come as something else than ONNX, as engines want them: a file.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace headrace {

// Whether the name says an exported program or a checkpoint (.pt2, .pth, .pt, .ckpt, .bin, .safetensors).
bool is_pytorch_file(const std::filesystem::path& path);

// The model, imported and written as ONNX: once per process, to a temporary folder that goes when the process ends. `weights`:
// see import_model(). Errors: those of import_model() and write_onnx().
Result<std::filesystem::path> onnx_form(const std::filesystem::path& given, const std::filesystem::path& weights);

}  // namespace headrace
