// What a pickle builds, as far as weights need it. Values are small and point into the file or into a PickleHeap: none owns
// anything, so sharing by the memo costs nothing, and cycles do no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headrace {

enum class PickleKind : uint8_t {
  kNone,
  kBool,
  kInt,
  kLong,    // an integer beyond 64 bits: its little-endian bytes
  kString,  // str and bytes alike
  kGlobal,  // a name of the allow-list (pickle/globals.h)
  kTuple,
  kList,
  kDict,  // items alternate between keys and values
  kStorage,
  kTensor,
  kOpaque,  // data that is beside the weights: floats, sets, numpy scalars, command-line options. Nobody looks inside.
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  uint32_t size = 0;  // bytes of kLong and kString, items of kTuple
  union {
    int64_t integer = 0;  // kBool, kInt
    const char* text;     // kLong, kString: in the file
    size_t index;         // kGlobal: in the allow-list; kTuple, kList, kDict, kStorage, kTensor: in the heap
  };

  explicit PickleValue(PickleKind of = PickleKind::kNone, size_t count = 0) : kind(of), size(static_cast<uint32_t>(count)) {}

  bool is(PickleKind other) const { return kind == other; }
  std::string_view string() const { return kind == PickleKind::kString ? std::string_view(text, size) : std::string_view(); }

  static PickleValue of_int(int64_t value, PickleKind kind = PickleKind::kInt) {
    PickleValue out(kind);
    out.integer = value;
    return out;
  }
  static PickleValue of_text(std::string_view text, PickleKind kind = PickleKind::kString) {
    PickleValue out(kind, text.size());
    out.text = text.data();
    return out;
  }
  static PickleValue at(PickleKind kind, size_t index, size_t size = 0) {
    PickleValue out(kind, size);
    out.index = index;
    return out;
  }
};

// "a tuple", for messages.
std::string_view describe(PickleKind kind);

}  // namespace headrace
