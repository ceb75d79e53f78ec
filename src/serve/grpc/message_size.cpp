#include "serve/grpc/message_size.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace headrace::serve {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

class Counter {
 public:
  Counter(google::protobuf::io::ZeroCopyInputStream& bytes, size_t limit) : in_(&bytes), left_(limit) {}

  bool exceeded() const { return exceeded_; }

  // False: stop, either since there are too many or since the bytes are malformed. The schema has no recursive types, so its own
  // depth bounds the recursion.
  bool message(const Descriptor& type) {
    for (uint32_t tag = in_.ReadTag(); tag != 0; tag = in_.ReadTag()) {
      const FieldDescriptor* field = type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
      const bool nested = field != nullptr && field->type() == FieldDescriptor::TYPE_MESSAGE &&
                          WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
      if (!(nested ? nested_message(*field->message_type()) : WireFormatLite::SkipField(&in_, tag))) return false;
    }
    return in_.ConsumedEntireMessage();
  }

 private:
  bool nested_message(const Descriptor& type) {
    if (left_ == 0) {
      exceeded_ = true;
      return false;
    }
    --left_;
    uint32_t length = 0;
    if (!in_.ReadVarint32(&length) || static_cast<int>(length) < 0) return false;
    const auto outer = in_.PushLimit(static_cast<int>(length));
    if (!message(type)) return false;
    in_.PopLimit(outer);
    return true;
  }

  google::protobuf::io::CodedInputStream in_;
  size_t left_;
  bool exceeded_ = false;
};

}  // namespace

bool holds_more_messages_than(size_t limit, google::protobuf::io::ZeroCopyInputStream& bytes, const Descriptor& type) {
  Counter counter(bytes, limit);
  counter.message(type);
  return counter.exceeded();
}

}  // namespace headrace::serve
