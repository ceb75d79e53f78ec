#include "readers/checkpoint/pickle/interpreter.h"

#include "readers/checkpoint/pickle/opcode.h"

namespace headrace {
namespace {

constexpr size_t kMaxStack = 1 << 18;  // what is open at once; pickle writes dicts in batches of 1000
constexpr size_t kMaxMarks = 1000;     // tuples and batches within one another

}  // namespace

Result<PickleValue> PickleInterpreter::read(std::span<const std::byte> bytes, size_t& position, PickleHeap& heap) {
  PickleInterpreter interpreter(bytes, position, heap);
  auto value = interpreter.run();
  position = interpreter.position_;
  return value;
}

Result<PickleValue> PickleInterpreter::run() {
  while (!stopped_) {
    const size_t at = position_;
    const Status done = step();
    if (done.ok()) continue;
    const std::string opcode = at < bytes_.size() ? opcode_of(bytes_[at]).name : "the end";
    return Error(done.error()).at("byte " + std::to_string(at) + " (" + opcode + ")");
  }
  return stack_.back();
}

Status PickleInterpreter::step() {
  HEADRACE_TRY(const auto code, number<uint8_t>());
  return (this->*opcode_of(std::byte{code}).run)();
}

Result<std::string_view> PickleInterpreter::text(uint64_t size) {
  const size_t left = bytes_.size() - position_;
  if (size > left)
    return invalid_model("the pickle is cut off: " + std::to_string(size) + " bytes should follow, and " + std::to_string(left) +
                         " are there");
  if (size > UINT32_MAX) return unsupported("a string of 4 GB or more is not read");
  const std::string_view out(reinterpret_cast<const char*>(bytes_.data()) + position_, size);
  position_ += size;
  return out;
}

Result<std::string_view> PickleInterpreter::line() {
  const std::string_view rest(reinterpret_cast<const char*>(bytes_.data()) + position_, bytes_.size() - position_);
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return invalid_model("the pickle is cut off: a line does not end");
  position_ += end + 1;
  return rest.substr(0, end);
}

Status PickleInterpreter::push(PickleValue value) {
  if (stack_.size() >= kMaxStack)
    return unsupported("more than " + std::to_string(kMaxStack) + " values are open at once: the pickle is nested too deeply");
  stack_.push_back(value);
  return Ok{};
}

Status PickleInterpreter::check_height(size_t count) const {
  const size_t floor = marks_.empty() ? 0 : marks_.back();
  if (stack_.size() - floor >= count) return Ok{};
  return invalid_model("the stack holds too few values");
}

Result<PickleValue> PickleInterpreter::pop() {
  HEADRACE_TRY(const PickleValue value, top());
  stack_.pop_back();
  return value;
}

Result<PickleValue> PickleInterpreter::top() const {
  HEADRACE_CHECK(check_height(1));
  return stack_.back();
}

Status PickleInterpreter::mark() {
  if (marks_.size() >= kMaxMarks)
    return unsupported("the pickle is nested more than " + std::to_string(kMaxMarks) + " levels deep");
  marks_.push_back(stack_.size());
  return Ok{};
}

Result<size_t> PickleInterpreter::pop_mark() {
  if (marks_.empty()) return invalid_model("no mark was set");
  const size_t begin = marks_.back();
  marks_.pop_back();
  return begin;
}

Status PickleInterpreter::replace(size_t begin, PickleValue value) {
  stack_.resize(begin);
  return push(value);
}

Status PickleInterpreter::stop() {
  if (!marks_.empty() || stack_.size() != 1)
    return invalid_model("the pickle ends with " + std::to_string(stack_.size()) + " values instead of one");
  stopped_ = true;
  return Ok{};
}

}  // namespace headrace
