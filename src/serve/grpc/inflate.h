// Compressed messages, within bounds.
//
// gRPC would inflate a message itself, but without end: 64 MB of zeros deflated a thousandfold would take all memory before
// anybody could look at its size. So the server tells gRPC to leave messages as they are (options.cpp), and inflates them here.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "base/error.h"
#include "serve/grpc/message.h"

namespace headrace::serve {

// Whether the message is in gzip's or zlib's form (gRPC's "gzip" and "deflate"). gRPC's flag is not handed on, but the first byte
// tells: as the tag of a field, gzip's would have a wire type that does not exist, and zlib's be of field 15, which no message
// has.
bool compressed(const grpc::ByteBuffer& message);

// Errors: invalid_argument (it is damaged), overloaded (it would be larger than `max_bytes`), those of `charge`, which is asked
// for each block.
Result<std::string> inflate_message(const grpc::ByteBuffer& message, size_t max_bytes, const Charge& charge);

}  // namespace headrace::serve
