// Opcodes that put data on the stack, and into tuples, lists, dicts and the memo.
#include <algorithm>

#include "readers/checkpoint/pickle/interpreter.h"

namespace headrace {

Status PickleInterpreter::protocol() {
  HEADRACE_TRY(const auto version, number<uint8_t>());
  if (version <= 5) return Ok{};
  return unsupported("this is pickle protocol " + std::to_string(version) + "; 2 to 5 can be read");
}

// Frames tell a reader how much to fetch; all of the file is there anyway.
Status PickleInterpreter::frame() {
  HEADRACE_TRY(const auto size, number<uint64_t>());
  if (size <= bytes_.size() - position_) return Ok{};
  return invalid_model("the pickle is cut off: a frame of " + std::to_string(size) + " bytes reaches past its end");
}

Status PickleInterpreter::drop() {
  HEADRACE_CHECK(pop());
  return Ok{};
}

Status PickleInterpreter::drop_to_mark() {
  HEADRACE_TRY(const size_t begin, pop_mark());
  stack_.resize(begin);
  return Ok{};
}

Status PickleInterpreter::duplicate() {
  HEADRACE_TRY(const PickleValue value, top());
  return push(value);
}

Status PickleInterpreter::none() { return push(PickleValue()); }
Status PickleInterpreter::yes() { return push(PickleValue::of_int(1, PickleKind::kBool)); }
Status PickleInterpreter::no() { return push(PickleValue::of_int(0, PickleKind::kBool)); }

Status PickleInterpreter::byte_int() {
  HEADRACE_TRY(const auto value, number<uint8_t>());
  return push(PickleValue::of_int(value));
}

Status PickleInterpreter::short_int() {
  HEADRACE_TRY(const auto value, number<uint16_t>());
  return push(PickleValue::of_int(value));
}

Status PickleInterpreter::int32() {
  HEADRACE_TRY(const auto value, number<uint32_t>());
  return push(PickleValue::of_int(static_cast<int32_t>(value)));
}

Status PickleInterpreter::float64() {
  HEADRACE_CHECK(text(8));
  return push(PickleValue(PickleKind::kOpaque));
}

Status PickleInterpreter::long1() {
  HEADRACE_TRY(const auto size, number<uint8_t>());
  return push_long(size);
}

Status PickleInterpreter::long4() {
  HEADRACE_TRY(const auto size, number<uint32_t>());
  return push_long(size);
}

// Two's complement, little-endian, of any length.
Status PickleInterpreter::push_long(uint64_t size) {
  HEADRACE_TRY(const std::string_view digits, text(size));
  if (size > 8) return push(PickleValue::of_text(digits, PickleKind::kLong));
  const bool negative = size > 0 && (static_cast<unsigned char>(digits[size - 1]) & 0x80) != 0;
  uint64_t value = negative ? ~uint64_t{0} : 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
  return push(PickleValue::of_int(static_cast<int64_t>(value)));
}

template <typename Size>
Status PickleInterpreter::string() {
  HEADRACE_TRY(const auto size, number<Size>());
  HEADRACE_TRY(const std::string_view characters, text(size));
  return push(PickleValue::of_text(characters));
}
template Status PickleInterpreter::string<uint8_t>();
template Status PickleInterpreter::string<uint32_t>();
template Status PickleInterpreter::string<uint64_t>();

Status PickleInterpreter::byte_array() {
  HEADRACE_TRY(const auto size, number<uint64_t>());
  HEADRACE_CHECK(text(size));
  return push(PickleValue(PickleKind::kOpaque));
}

Status PickleInterpreter::empty_tuple() { return push(PickleValue::at(PickleKind::kTuple, 0)); }

Status PickleInterpreter::tuple_of_marked() {
  HEADRACE_TRY(const size_t begin, pop_mark());
  HEADRACE_TRY(const PickleValue tuple, heap_.add_tuple(above(begin)));
  return replace(begin, tuple);
}

template <int kCount>
Status PickleInterpreter::tuple_of() {
  HEADRACE_CHECK(check_height(kCount));
  const size_t begin = stack_.size() - kCount;
  HEADRACE_TRY(const PickleValue tuple, heap_.add_tuple(above(begin)));
  return replace(begin, tuple);
}
template Status PickleInterpreter::tuple_of<1>();
template Status PickleInterpreter::tuple_of<2>();
template Status PickleInterpreter::tuple_of<3>();

template <PickleKind kKind>
Status PickleInterpreter::empty_container() {
  HEADRACE_TRY(const PickleValue container, heap_.add_container(kKind));
  return push(container);
}
template Status PickleInterpreter::empty_container<PickleKind::kList>();
template Status PickleInterpreter::empty_container<PickleKind::kDict>();

Status PickleInterpreter::add_items(size_t begin, bool pairs) {
  HEADRACE_CHECK(check_height(stack_.size() - begin + 1));
  const PickleValue target = stack_[begin - 1];
  if (!target.is(PickleKind::kOpaque)) {  // what is put into a value that nobody looks at is not kept
    if (!target.is(pairs ? PickleKind::kDict : PickleKind::kList))
      return invalid_model("items are added to " + std::string(describe(target.kind)));
    const Items items = above(begin);
    if (pairs && items.size() % 2 != 0) return invalid_model("a dict's key has no value");
    HEADRACE_CHECK(heap_.append(target, items));
  }
  stack_.resize(begin);
  return Ok{};
}

Status PickleInterpreter::append() {
  HEADRACE_CHECK(check_height(2));
  return add_items(stack_.size() - 1, false);
}

Status PickleInterpreter::append_marked() {
  HEADRACE_TRY(const size_t begin, pop_mark());
  return add_items(begin, false);
}

Status PickleInterpreter::set_item() {
  HEADRACE_CHECK(check_height(3));
  return add_items(stack_.size() - 2, true);
}

Status PickleInterpreter::set_marked_items() {
  HEADRACE_TRY(const size_t begin, pop_mark());
  return add_items(begin, true);
}

// Sets hold no weights.
Status PickleInterpreter::empty_set() { return push(PickleValue(PickleKind::kOpaque)); }
Status PickleInterpreter::add_marked_to_set() { return append_marked(); }
Status PickleInterpreter::frozen_set() {
  HEADRACE_TRY(const size_t begin, pop_mark());
  return replace(begin, PickleValue(PickleKind::kOpaque));
}

Status PickleInterpreter::remember(uint64_t index) {
  HEADRACE_TRY(const PickleValue value, top());
  if (index >= memo_.size()) {
    const size_t size = std::max<uint64_t>(index + 1, memo_.size() + memo_.size() / 2);
    HEADRACE_CHECK(heap_.charge(3 * sizeof(PickleValue) * (size - memo_.size())));  // the old block lives on while it is copied
    memo_.resize(size);
    remembered_.resize(size);
  }
  memo_[index] = value;
  remembered_[index] = true;
  return Ok{};
}

template <typename Index>
Status PickleInterpreter::put() {
  HEADRACE_TRY(const auto index, number<Index>());
  return remember(index);
}
template Status PickleInterpreter::put<uint8_t>();
template Status PickleInterpreter::put<uint32_t>();

Status PickleInterpreter::memoize() { return remember(memo_count_++); }

template <typename Index>
Status PickleInterpreter::get() {
  HEADRACE_TRY(const auto index, number<Index>());
  if (index >= memo_.size() || !remembered_[index]) return invalid_model("nothing is remembered as " + std::to_string(index));
  return push(memo_[index]);
}
template Status PickleInterpreter::get<uint8_t>();
template Status PickleInterpreter::get<uint32_t>();

}  // namespace headrace
