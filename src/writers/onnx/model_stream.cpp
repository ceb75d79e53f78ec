#include "writers/onnx/model_stream.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <memory>

#include "onnx/onnx_pb.h"

namespace headrace {
namespace {

using google::protobuf::internal::WireFormatLite;

// The start of a length-delimited field (a message or bytes): its tag and its length.
std::string field_start(int number, uint64_t length) {
  std::string text;
  google::protobuf::io::StringOutputStream stream(&text);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteVarint32(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  coded.WriteVarint64(length);
  coded.Trim();
  return text;
}

}  // namespace

// Protobuf lets fields come in any order: first all of the model but its graph, then the graph, in which the initialisers come
// last.
ModelStream::ModelStream(onnx::ModelProto& proto, const std::map<std::string, Tensor>& raw_data) {
  const std::unique_ptr<onnx::GraphProto> graph(proto.release_graph());
  google::protobuf::RepeatedPtrField<onnx::TensorProto> initializers;
  graph->mutable_initializer()->Swap(&initializers);

  pieces_.push_back({graph->SerializeAsString(), {}});
  for (const auto& initializer : initializers) {
    const auto raw = raw_data.find(initializer.name());
    std::string message = initializer.SerializeAsString();
    uint64_t length = message.size();
    if (raw != raw_data.end()) {
      message += field_start(onnx::TensorProto::kRawDataFieldNumber, raw->second.byte_size());
      length = message.size() + raw->second.byte_size();
    }
    pieces_.back().serialised += field_start(onnx::GraphProto::kInitializerFieldNumber, length) + message;
    if (raw == raw_data.end()) continue;
    pieces_.back().tensor = raw->second;
    pieces_.emplace_back();
  }
  const std::string graph_start = field_start(onnx::ModelProto::kGraphFieldNumber, size());
  pieces_.front().serialised.insert(0, proto.SerializeAsString() + graph_start);
}

uint64_t ModelStream::size() const {
  uint64_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.serialised.size() + piece.tensor.byte_size();
  return bytes;
}

Status ModelStream::write(const Sink& sink) const {
  for (const Piece& piece : pieces_) {
    HEADRACE_CHECK(sink(std::as_bytes(std::span(piece.serialised))));
    HEADRACE_CHECK(sink(piece.tensor.bytes()));
  }
  return Ok{};
}

}  // namespace headrace
