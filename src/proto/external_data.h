// Tensors whose bytes lie in a file of their own beside the model. The location comes from an untrusted file: it may not
// lead out of the model's folder, be it by "..", an absolute path, a symbolic link or a hard link.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/tensor.h"

namespace onnx {
class TensorProto;
}  // namespace onnx

namespace headrace {

class ExternalData {
 public:
  // `folder` holds the model; empty: the model came from memory, and external data is an error.
  explicit ExternalData(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // A tensor that points into the mapped file. `dims` must have been checked. Errors: invalid_model, not_found, io_error.
  Result<Tensor> load(const onnx::TensorProto& proto, DType dtype, Dims dims);

 private:
  Result<std::shared_ptr<const MappedFile>> open(const std::string& location);

  std::filesystem::path folder_;
  std::map<std::string, std::shared_ptr<const MappedFile>> files_;
};

}  // namespace headrace
