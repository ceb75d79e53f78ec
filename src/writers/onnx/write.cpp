#include "writers/onnx/write.h"

#include <climits>
#include <map>
#include <optional>
#include <vector>

#include "base/atomic_file.h"
#include "onnx/onnx_pb.h"
#include "proto/guard.h"
#include "proto/to_proto.h"
#include "writers/onnx/model_stream.h"

namespace headrace {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kProtobufLimit = INT_MAX;
constexpr size_t kWorthStreaming = 4096;   // bytes: smaller constants are simply copied into the message
constexpr size_t kStaysInside = 1024;      // bytes: readers want shapes and axes in the model itself
constexpr uint64_t kDataAlignment = 4096;  // so that readers may map tensors

struct Placement {
  Tensor tensor;
  uint64_t offset;
};

void add_entry(onnx::TensorProto& proto, const char* key, std::string value) {
  auto* entry = proto.add_external_data();
  entry->set_key(key);
  entry->set_value(std::move(value));
}

// Where each constant goes in the data file.
class DataLayout {
 public:
  explicit DataLayout(std::string location) : location_(std::move(location)) {}

  bool place(const Value& value, onnx::TensorProto& proto) {
    const Tensor& tensor = value.constant();
    if (tensor.dtype() == DType::kString || tensor.byte_size() < kStaysInside) return false;
    const uint64_t offset = (end_ + kDataAlignment - 1) / kDataAlignment * kDataAlignment;
    proto.set_data_location(onnx::TensorProto::EXTERNAL);
    add_entry(proto, "location", location_);
    add_entry(proto, "offset", std::to_string(offset));
    add_entry(proto, "length", std::to_string(tensor.byte_size()));
    placements_.push_back({tensor, offset});
    end_ = offset + tensor.byte_size();
    return true;
  }

  bool empty() const { return placements_.empty(); }

  Status write(AtomicFile& file) const {
    const std::vector<std::byte> zeros(kDataAlignment);
    uint64_t position = 0;
    for (const Placement& placement : placements_) {
      HEADRACE_CHECK(file.write(std::span(zeros).first(placement.offset - position)));
      HEADRACE_CHECK(file.write(placement.tensor.bytes()));
      position = placement.offset + placement.tensor.byte_size();
    }
    return Ok{};
  }

 private:
  std::string location_;
  std::vector<Placement> placements_;
  uint64_t end_ = 0;
};

void sign(onnx::ModelProto& proto) {
  proto.set_producer_name("headrace");
  proto.set_producer_version(HEADRACE_VERSION);
}

Result<ModelStream> stream_with_data_inside(const Model& model, bool value_info) {
  std::map<std::string, Tensor> raw_data;
  ProtoOptions options;
  options.value_info = value_info;
  options.constant = [&](const Value& value, onnx::TensorProto&) {
    if (value.dtype == DType::kString || value.constant().byte_size() < kWorthStreaming) return false;
    raw_data.emplace(value.name(), value.constant());
    return true;
  };
  onnx::ModelProto proto;
  HEADRACE_CHECK(to_proto(model, options, proto));
  sign(proto);
  return ModelStream(proto, raw_data);
}

Result<ModelStream> stream_with_data_outside(const Model& model, bool value_info, DataLayout& layout) {
  ProtoOptions options;
  options.value_info = value_info;
  options.constant = [&](const Value& value, onnx::TensorProto& proto) { return layout.place(value, proto); };
  onnx::ModelProto proto;
  HEADRACE_CHECK(to_proto(model, options, proto));
  sign(proto);
  return ModelStream(proto, {});
}

Status write_stream(const ModelStream& stream, AtomicFile& file) {
  return stream.write([&file](std::span<const std::byte> bytes) { return file.write(bytes); });
}

Status write_one_file(const ModelStream& stream, const fs::path& path) {
  HEADRACE_TRY(AtomicFile file, AtomicFile::create(path));
  HEADRACE_CHECK(write_stream(stream, file));
  return file.commit();
}

Status write_two_files(const Model& model, const fs::path& path, bool value_info) {
  fs::path data_path = path;
  data_path += ".data";
  DataLayout layout(data_path.filename().string());
  HEADRACE_TRY(const ModelStream stream, stream_with_data_outside(model, value_info, layout));
  if (stream.size() > kProtobufLimit)
    return unsupported("the model is larger than 2 GB without its weights, which protobuf cannot hold").at(path.string());
  if (layout.empty()) return write_one_file(stream, path);
  HEADRACE_TRY(AtomicFile data, AtomicFile::create(data_path));
  HEADRACE_TRY(AtomicFile file, AtomicFile::create(path));
  HEADRACE_CHECK(layout.write(data));
  HEADRACE_CHECK(write_stream(stream, file));
  HEADRACE_CHECK(data.commit());
  return file.commit();
}

Status write_model(const Model& model, const fs::path& path, const WriteOptions& options) {
  if (options.external_data) return write_two_files(model, path, options.value_info);
  HEADRACE_TRY(const ModelStream stream, stream_with_data_inside(model, options.value_info));
  if (stream.size() > kProtobufLimit) return write_two_files(model, path, options.value_info);
  return write_one_file(stream, path);
}

Result<std::string> write_bytes(const Model& model) {
  HEADRACE_TRY(const ModelStream stream, stream_with_data_inside(model, /*value_info=*/true));
  if (stream.size() > kProtobufLimit)
    return unsupported("the model is larger than 2 GB, which protobuf cannot hold; write it to a file with external data");
  std::string bytes;
  bytes.reserve(stream.size());
  HEADRACE_CHECK(stream.write([&bytes](std::span<const std::byte> part) -> Status {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
    return Ok{};
  }));
  return bytes;
}

}  // namespace

Status write_onnx(const Model& model, const fs::path& path, const WriteOptions& options) {
  return guard(ErrorCode::kInternal, [&] { return write_model(model, path, options); });
}

Result<std::string> to_onnx_bytes(const Model& model) {
  return guard(ErrorCode::kInternal, [&] { return write_bytes(model); });
}

}  // namespace headrace
