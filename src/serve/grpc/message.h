// Messages as they come off the wire and go onto it. The service takes bytes, not messages (gRPC's raw methods): what is
// malformed or too large is then answered with a status that says so, where gRPC itself would answer INTERNAL; and answers need
// not be copied.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve {

// Errors: invalid_argument (these are not the bytes of such a message, or it holds far too many parts), overloaded (compressed,
// and larger than the limit once inflated).
Status read_message(const grpc::ByteBuffer& bytes, const Limits& limits, google::protobuf::Message& message);

grpc::ByteBuffer write_message(const google::protobuf::Message& message);

// Bytes that are handed over, not copied.
grpc::Slice slice_of(std::string bytes);

}  // namespace headrace::serve
