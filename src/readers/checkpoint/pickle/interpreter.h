// Reads pickles, protocols 2 to 5, without running them. Python's unpickler is a stack machine that may import and call anything;
// this one knows the opcodes that data needs, the names of pickle/globals.h, and calls nothing but pickle/calls.h. Opcodes:
// CPython's Lib/pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/little_endian.h"
#include "readers/checkpoint/pickle/heap.h"

namespace headrace {

class PickleInterpreter {
 public:
  // Reads one pickle, from `position` of `bytes` on, and moves it behind the pickle's STOP. Text values point into `bytes`.
  // Errors, with byte and opcode in the context: invalid_model for what is malformed or attacks; unsupported for pickled modules,
  // for names and opcodes that weights do not need, and where stack, nesting or memory would grow beyond their bounds.
  static Result<PickleValue> read(std::span<const std::byte> bytes, size_t& position, PickleHeap& heap);

 private:
  friend struct PickleOpcodes;  // the table, in opcode.cpp
  using Items = std::span<const PickleValue>;

  PickleInterpreter(std::span<const std::byte> bytes, size_t position, PickleHeap& heap)
      : bytes_(bytes), position_(position), heap_(heap) {}
  Result<PickleValue> run();
  Status step();

  // Of the file.
  template <typename T>
  Result<T> number() {  // little-endian
    const auto value = read_le<T>(bytes_, position_);
    if (!value) return invalid_model("the pickle is cut off");
    position_ += sizeof(T);
    return *value;
  }
  Result<std::string_view> text(uint64_t size);  // the next `size` bytes
  Result<std::string_view> line();               // up to '\n', which is skipped

  // Of the stack.
  Status push(PickleValue value);
  Result<PickleValue> pop();
  Result<PickleValue> top() const;
  Result<size_t> pop_mark();  // where the items above the last mark begin
  Items above(size_t begin) const { return Items(stack_).subspan(begin); }
  Status check_height(size_t count) const;          // at least `count` values above the last mark
  Status replace(size_t begin, PickleValue value);  // the values from `begin` on by one

  // Opcodes.
  Status protocol();
  Status frame();
  Status mark();
  Status stop();
  Status drop();
  Status drop_to_mark();
  Status duplicate();
  Status none();
  Status yes();
  Status no();
  Status byte_int();
  Status short_int();
  Status int32();
  Status float64();
  Status long1();
  Status long4();
  template <typename Size>
  Status string();
  Status byte_array();
  Status empty_tuple();
  Status tuple_of_marked();
  template <int kCount>
  Status tuple_of();
  template <PickleKind kKind>
  Status empty_container();
  Status append();
  Status append_marked();
  Status set_item();
  Status set_marked_items();
  Status empty_set();
  Status add_marked_to_set();
  Status frozen_set();
  template <typename Index>
  Status put();
  Status memoize();
  template <typename Index>
  Status get();
  Status global();
  Status stack_global();
  Status persistent_id();
  Status reduce();
  Status new_object();
  Status new_object_with_keywords();
  Status build();
  Status refuse_extension();
  Status refuse_instance();
  Status refuse_buffer();
  Status refuse_text();
  Status refuse_unknown();

  Status push_long(uint64_t size);
  Status push_name(std::string_view module, std::string_view name);
  Status remember(uint64_t index);
  // Moves the values from `begin` on into the list, or as pairs into the dict, that lies below them.
  Status add_items(size_t begin, bool pairs);

  std::span<const std::byte> bytes_;
  size_t position_;
  PickleHeap& heap_;
  std::vector<PickleValue> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::vector<PickleValue> memo_;
  std::vector<bool> remembered_;
  size_t memo_count_ = 0;
  bool stopped_ = false;
};

}  // namespace headrace
