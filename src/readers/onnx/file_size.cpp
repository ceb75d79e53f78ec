#include "readers/onnx/file_size.h"

#include <climits>
#include <memory>
#include <set>
#include <string>

#include "base/mapped_file.h"
#include "onnx/onnx_pb.h"
#include "proto/guard.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

std::set<std::string> external_locations(const onnx::GraphProto& graph) {
  std::set<std::string> locations;
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) continue;
    for (const auto& entry : tensor.external_data())
      if (entry.key() == "location") locations.insert(entry.value());
  }
  return locations;
}

Result<std::set<std::string>> locations_in(std::span<const std::byte> bytes) {
  google::protobuf::SetLogHandler(nullptr);  // the library does not print
  onnx::ModelProto proto;
  if (bytes.size() > INT_MAX || !proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return invalid_model("this is not an ONNX model");
  return external_locations(proto.graph());
}

}  // namespace

Result<uint64_t> onnx_file_size(const fs::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  auto locations = guard(ErrorCode::kInvalidModel, [&] { return locations_in(file->bytes()); });
  if (!locations) return std::move(locations).error().at(path.string());
  uint64_t total = file->bytes().size();
  for (const std::string& location : *locations) {
    std::error_code failure;
    const uint64_t size = fs::file_size(path.parent_path() / location, failure);
    if (failure)
      return not_found("the external data file '" + location + "' cannot be read: " + failure.message()).at(path.string());
    total += size;
  }
  return total;
}

}  // namespace headrace
