// Reading .pt2: the archives that torch.export.save writes (schema 8), without Python and without executing anything in them.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/mapped_file.h"
#include "ir/model.h"
#include "readers/checkpoint/state_dict.h"

namespace headrace {

// The exported program as a graph of ONNX ops (opset 18). Weights stay in the mapped file and are constants under their fully
// qualified names ("layer1.0.conv1.weight"); nodes are named after their modules. A dynamic dimension 0 of the first input is
// "batch"; other dynamic dimensions keep PyTorch's symbols. Types and shapes are inferred, the verifier has passed.
// Errors, each with the path in its context: not_found; invalid_model for what is no such archive, is truncated, does not have
// its checksums, has a tensor whose storage is too short (named), names that nothing defines; unsupported for another major
// version of the schema, pickled weights, state that changes from call to call, and operators that are not known: all of them,
// with the lines of the program that call them.
// `other`: a checkpoint of the same architecture whose tensors take the place of the archive's parameters and saved buffers; or
// nullptr. Error: invalid_data listing every name that is missing, left over, or of another shape.
Result<Model> read_pt2(const std::filesystem::path& path, const StateDict* other = nullptr);

// The same of a file that is mapped already.
Result<Model> read_pt2(std::shared_ptr<const MappedFile> file);

// Whether the file looks like such an archive (by its name's ending or its content). Reads a few bytes.
bool is_pt2(const std::filesystem::path& path);

}  // namespace headrace
