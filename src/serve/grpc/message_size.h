// How much memory a message will take is not known by its bytes: two bytes make an empty input of a request, which is an object
// of more than a hundred, or an element of a tensor, or a field that nobody knows and protobuf keeps all the same. What a message
// is made of is therefore counted before any of it is made.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cstddef>

namespace headrace::serve {

struct MessageSize {
  size_t messages = 0;  // within the message, at all depths
  size_t memory = 0;    // roughly: what the objects take beside the bytes that came, with the tensors made of typed contents
};

// Of the bytes, read as a message of `type`, up to where they are malformed (the parser will say so) or hold more messages than
// `max_messages`.
MessageSize size_of_message(google::protobuf::io::ZeroCopyInputStream& bytes, const google::protobuf::Descriptor& type,
                            size_t max_messages);

}  // namespace headrace::serve
