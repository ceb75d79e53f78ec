// Messages as they come off the wire and go onto it. The service takes bytes, not messages (gRPC's raw methods): what is
// malformed or too large is then answered with a status that says so, where gRPC itself would answer INTERNAL; and answers need
// not be copied.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>

#include "base/error.h"
#include "deploy/serve_options.h"

namespace headrace::serve {

// Asks for leave to take so many bytes of memory beside the message's own, before they are taken. Errors: overloaded.
using Charge = std::function<Status(size_t bytes)>;

// Errors: invalid_argument (these are not the bytes of such a message, or it holds far too many parts), overloaded (compressed,
// and larger than the limit once inflated), those of `charge`.
Status read_message(const grpc::ByteBuffer& bytes, const Limits& limits, google::protobuf::Message& message,
                    const Charge& charge);

// A message without tensors: some names. It is bounded far below the limit for bodies, since everybody may ask and nothing else
// bounds them together.
inline constexpr size_t kLargestQuery = size_t{64} << 10;
Status read_query(const grpc::ByteBuffer& bytes, const Limits& limits, google::protobuf::Message& message);

grpc::ByteBuffer write_message(const google::protobuf::Message& message);

// Bytes that are handed over, not copied.
grpc::Slice slice_of(std::string bytes);

}  // namespace headrace::serve
