// How much memory a message will take is not known by its bytes: two bytes make an empty input of a request, which is an object
// of more than a hundred. The messages within a message are therefore counted before any is made.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cstddef>

namespace headrace::serve {

// Whether the bytes, read as a message of `type`, hold more than `limit` messages at all depths. Bytes that are malformed hold
// none: the parser will say so.
bool holds_more_messages_than(size_t limit, google::protobuf::io::ZeroCopyInputStream& bytes,
                              const google::protobuf::Descriptor& type);

}  // namespace headrace::serve
