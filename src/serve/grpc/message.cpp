#include "serve/grpc/message.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>

#include "serve/grpc/inflate.h"
#include "serve/grpc/message_size.h"

namespace headrace::serve {
namespace {

using google::protobuf::io::ZeroCopyInputStream;

constexpr size_t kPartsPerTensor = 32;  // messages within a request for each tensor it may have: the tensor, its parameters, ...
constexpr size_t kSmallMessage = 4096;  // bytes; not worth counting
constexpr size_t kCopiedSlice = 256;    // bytes; copied for less than an allocation costs

void silence_protobuf() {  // it would print what is malformed
  static std::once_flag once;
  std::call_once(once, [] { google::protobuf::SetLogHandler(nullptr); });
}

// Parses what `open` opens; twice, since counting reads the bytes too.
Status parse(size_t size, const std::function<std::unique_ptr<ZeroCopyInputStream>()>& open, const Limits& limits,
             google::protobuf::Message& message, const Charge& charge) {
  if (size > kSmallMessage) {
    const size_t parts = kPartsPerTensor * static_cast<size_t>(limits.max_tensors);
    const MessageSize counted = size_of_message(*open(), *message.GetDescriptor(), parts);
    if (counted.messages > parts)
      return invalid_argument("the message holds more than " + std::to_string(parts) + " tensors and parameters");
    HEADRACE_CHECK(charge(counted.memory));
  }
  if (!message.ParseFromZeroCopyStream(open().get()))
    return invalid_argument("the bytes are not a " + message.GetDescriptor()->name() + " (or a text in it is not UTF-8)");
  return Ok{};
}

}  // namespace

Status read_message(const grpc::ByteBuffer& bytes, const Limits& limits, google::protobuf::Message& message,
                    const Charge& charge) {
  silence_protobuf();
  if (!bytes.Valid()) return Ok{};  // a message without bytes: all its fields are empty
  if (compressed(bytes)) {
    HEADRACE_TRY(const std::string text, inflate_message(bytes, limits.max_body_bytes, charge));
    const auto open = [&] {
      return std::make_unique<google::protobuf::io::ArrayInputStream>(text.data(), static_cast<int>(text.size()));
    };
    return parse(text.size(), open, limits, message, charge);
  }
  grpc::ByteBuffer copy = bytes;  // of references: a reader wants one that is not const
  return parse(
      bytes.Length(), [&] { return std::make_unique<grpc::ProtoBufferReader>(&copy); }, limits, message, charge);
}

Status read_query(const grpc::ByteBuffer& bytes, const Limits& limits, google::protobuf::Message& message) {
  if (bytes.Valid() && bytes.Length() > kLargestQuery)
    return invalid_argument("the message is larger than the " + std::to_string(kLargestQuery) +
                            " bytes that one without tensors may have");
  Limits small = limits;
  small.max_body_bytes = std::min(small.max_body_bytes, kLargestQuery);
  return read_message(bytes, small, message, [](size_t) -> Status { return Ok{}; });
}

grpc::ByteBuffer write_message(const google::protobuf::Message& message) {
  const grpc::Slice slice = slice_of(message.SerializeAsString());
  return {&slice, 1};
}

grpc::Slice slice_of(std::string bytes) {
  if (bytes.size() <= kCopiedSlice) return grpc::Slice(bytes);
  auto* const owner = new std::string(std::move(bytes));  // gRPC deletes it once the bytes are sent
  return {owner->data(), owner->size(), [](void* text) { delete static_cast<std::string*>(text); }, owner};
}

}  // namespace headrace::serve
