#include "engines/read_source.h"

#include "readers/onnx/read.h"

namespace headrace {

Result<Model> read_source(const ModelSource& source) {
  if (const auto* path = std::get_if<std::filesystem::path>(&source)) return read_onnx(*path);
  return read_onnx_bytes(std::as_bytes(std::span(std::get<std::string_view>(source))));
}

}  // namespace headrace
