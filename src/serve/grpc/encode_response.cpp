#include "serve/grpc/encode_response.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <vector>

#include "inference.pb.h"
#include "serve/grpc/message.h"
#include "serve/grpc/status.h"
#include "serve/wire.h"

namespace headrace::serve {
namespace {

using google::protobuf::internal::WireFormatLite;

constexpr size_t kCopiedTensor = 4096;  // bytes; below, copying is cheaper than a slice of its own

// The tag and length in front of a bytes or message field.
void append_field_head(int field, size_t length, std::string& bytes) {
  uint8_t head[20];
  uint8_t* end = google::protobuf::io::CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), head);
  end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(length, end);
  bytes.append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
}

// A slice over the tensor's own bytes, which it keeps.
grpc::Slice slice_of_tensor(const Tensor& tensor) {
  auto* const owner = new Tensor(tensor);
  return {const_cast<std::byte*>(owner->bytes().data()), owner->byte_size(),
          [](void* held) { delete static_cast<Tensor*>(held); }, owner};
}

// All of the message but the tensors' bytes.
Result<inference::ModelInferResponse> head_of(const InferenceResponse& response) {
  inference::ModelInferResponse head;
  head.set_model_name(response.model);
  head.set_model_version(response.version);
  head.set_id(response.id);
  for (const NamedTensor& output : response.outputs) {
    const std::string_view datatype = datatype_of(output.tensor.dtype());
    if (datatype.empty())
      return internal_error("output '" + output.name + "' is of " + std::string(to_string(output.tensor.dtype())) +
                            ", which the protocol has no name for");
    auto& tensor = *head.add_outputs();
    tensor.set_name(output.name);
    tensor.set_datatype(std::string(datatype));
    tensor.mutable_shape()->Add(output.tensor.dims().begin(), output.tensor.dims().end());
  }
  return head;
}

// The message in pieces. Fields may follow each other in any order, so the raw contents can come behind the serialised rest.
std::vector<grpc::Slice> slices_of(std::string head, const InferenceResponse& response) {
  std::vector<grpc::Slice> slices;
  for (const NamedTensor& output : response.outputs) {
    const size_t size = raw_size(output.tensor);
    append_field_head(inference::ModelInferResponse::kRawOutputContentsFieldNumber, size, head);
    if (size <= kCopiedTensor || output.tensor.dtype() == DType::kString) {
      append_raw(output.tensor, head);
      continue;
    }
    slices.push_back(slice_of(std::exchange(head, {})));
    slices.push_back(slice_of_tensor(output.tensor));
  }
  if (!head.empty()) slices.push_back(slice_of(std::move(head)));
  return slices;
}

grpc::ByteBuffer buffer_of(const std::vector<grpc::Slice>& slices) { return {slices.data(), slices.size()}; }

}  // namespace

Result<grpc::ByteBuffer> encode_response(const InferenceResponse& response) {
  HEADRACE_TRY(const auto head, head_of(response));
  return buffer_of(slices_of(head.SerializeAsString(), response));
}

Result<grpc::ByteBuffer> encode_stream_response(const InferenceResponse& response) {
  HEADRACE_TRY(auto head, head_of(response));
  (*head.mutable_parameters())["triton_final_response"].set_bool_param(true);
  std::vector<grpc::Slice> slices = slices_of(head.SerializeAsString(), response);
  size_t size = 0;
  for (const grpc::Slice& slice : slices) size += slice.size();
  std::string around;
  append_field_head(inference::ModelStreamInferResponse::kInferResponseFieldNumber, size, around);
  slices.insert(slices.begin(), slice_of(std::move(around)));
  return buffer_of(slices);
}

grpc::ByteBuffer encode_stream_error(const std::string& model, const std::string& id, const Error& error) {
  inference::ModelStreamInferResponse message;
  message.set_error_message(status_of(error).error_message());
  message.mutable_infer_response()->set_model_name(model);
  message.mutable_infer_response()->set_id(id);
  return write_message(message);
}

}  // namespace headrace::serve
