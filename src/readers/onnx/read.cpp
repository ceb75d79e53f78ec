#include "readers/onnx/read.h"

#include <climits>
#include <memory>
#include <mutex>

#include "base/mapped_file.h"
#include "onnx/onnx_pb.h"
#include "proto/from_proto.h"
#include "proto/guard.h"
#include "proto/infer_shapes.h"
#include "readers/onnx/file_kind.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

// protobuf reports malformed bytes on stderr. The library does not print.
void silence_protobuf() {
  static std::once_flag once;
  std::call_once(once, [] { google::protobuf::SetLogHandler(nullptr); });
}

Result<std::shared_ptr<onnx::ModelProto>> parse(std::span<const std::byte> bytes) {
  if (auto foreign = describe_foreign_file(bytes)) return invalid_model(*std::move(foreign));
  if (bytes.size() > INT_MAX)
    return unsupported("the file is larger than protobuf's limit of 2 GB; save its weights as external data");
  silence_protobuf();
  auto proto = std::make_shared<onnx::ModelProto>();
  if (!proto->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return invalid_model(describe_broken_protobuf(bytes));
  if (!proto->has_graph() && !proto->has_ir_version())
    return invalid_model("this is not an ONNX model: it has neither an IR version nor a graph");
  return proto;
}

Result<Model> build(std::shared_ptr<onnx::ModelProto> proto, const fs::path& folder) {
  HEADRACE_TRY(Model model, from_proto(std::move(proto), folder));
  HEADRACE_CHECK(infer_shapes(model));
  return model;
}

// The mapping ends with this function, so that no page of the file is held beside the message.
Result<std::shared_ptr<onnx::ModelProto>> parse_file(const fs::path& path) {
  HEADRACE_TRY(const auto file, MappedFile::open(path));
  auto proto = guard(ErrorCode::kInvalidModel, [&] { return parse(file->bytes()); });
  if (!proto.ok()) return std::move(proto).error().at(path.string());
  return proto;
}

}  // namespace

Result<Model> read_onnx(const fs::path& path) {
  HEADRACE_TRY(auto proto, parse_file(path));
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  auto model = build(std::move(proto), folder);
  if (!model.ok()) return std::move(model).error().at(path.string());
  return model;
}

Result<Model> read_onnx_bytes(std::span<const std::byte> bytes, const fs::path& folder) {
  HEADRACE_TRY(auto proto, guard(ErrorCode::kInvalidModel, [&] { return parse(bytes); }));
  return build(std::move(proto), folder);
}

}  // namespace headrace
