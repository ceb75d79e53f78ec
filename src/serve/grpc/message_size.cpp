#include "serve/grpc/message_size.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <type_traits>

namespace headrace::serve {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr size_t kMessageMemory = 128;
constexpr size_t kFieldMemory = 64;                // a string with its place in a list twice, or an unknown field
constexpr size_t kElementMemory = 24;              // 8 bytes in a list that has grown by doubling, and 8 in the tensor
constexpr size_t kGroupMemory = kFieldMemory / 2;  // for each byte of a group: a field has two at least

class Counter {
 public:
  Counter(google::protobuf::io::ZeroCopyInputStream& bytes, size_t max_messages) : in_(&bytes), max_messages_(max_messages) {}

  const MessageSize& size() const { return size_; }

  // False: stop, either since there are too many or since the bytes are malformed. The schema has no recursive types, so its own
  // depth bounds the recursion.
  bool message(const Descriptor& type) {
    for (uint32_t tag = in_.ReadTag(); tag != 0; tag = in_.ReadTag())
      if (!field(tag, type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag)))) return false;
    return in_.ConsumedEntireMessage();
  }

 private:
  bool field(uint32_t tag, const FieldDescriptor* known) {
    const auto form = WireFormatLite::GetTagWireType(tag);
    if (known != nullptr && form == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (known->type() == FieldDescriptor::TYPE_MESSAGE) return nested(&Counter::message, *known->message_type());
      if (known->is_packable()) return nested(&Counter::elements, *known);
    }
    const int begin = in_.CurrentPosition();
    const bool skipped = WireFormatLite::SkipField(&in_, tag);
    const auto bytes = static_cast<size_t>(in_.CurrentPosition() - begin);
    size_.memory += form == WireFormatLite::WIRETYPE_START_GROUP ? bytes * kGroupMemory : kFieldMemory;
    return skipped;
  }

  template <typename Type>
  bool nested(bool (Counter::*read)(const Type&), const Type& type) {
    uint32_t length = 0;
    if (!in_.ReadVarint32(&length) || static_cast<int>(length) < 0) return false;
    if constexpr (std::is_same_v<Type, Descriptor>) {
      if (++size_.messages > max_messages_) return false;
      size_.memory += kMessageMemory;
    }
    const auto outer = in_.PushLimit(static_cast<int>(length));
    if (!(this->*read)(type)) return false;
    in_.PopLimit(outer);
    return true;
  }

  // Packed elements, up to the limit: each ends with a byte below 128, or has a fixed size.
  bool elements(const FieldDescriptor& field) {
    using Type = FieldDescriptor;
    const bool floating = field.type() == Type::TYPE_FLOAT || field.type() == Type::TYPE_DOUBLE;
    const void* data = nullptr;
    for (int count = 0; in_.GetDirectBufferPointer(&data, &count) && count > 0; in_.Skip(count)) {
      const auto* const bytes = static_cast<const unsigned char*>(data);
      if (floating) size_.memory += 2 * static_cast<size_t>(count);
      else
        size_.memory += kElementMemory * static_cast<size_t>(std::count_if(bytes, bytes + count, [](auto b) { return b < 128; }));
    }
    return in_.BytesUntilLimit() == 0;
  }

  google::protobuf::io::CodedInputStream in_;
  const size_t max_messages_;
  MessageSize size_;
};

}  // namespace

MessageSize size_of_message(google::protobuf::io::ZeroCopyInputStream& bytes, const Descriptor& type, size_t max_messages) {
  Counter counter(bytes, max_messages);
  counter.message(type);
  return counter.size();
}

}  // namespace headrace::serve
