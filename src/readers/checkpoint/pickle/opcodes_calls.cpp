// Opcodes that name, call and build: where Python's unpickler runs code, and this one does not.
#include "readers/checkpoint/pickle/calls.h"
#include "readers/checkpoint/pickle/interpreter.h"

namespace headrace {

Status PickleInterpreter::push_name(std::string_view module, std::string_view name) {
  HEADRACE_TRY(const size_t index, find_global(module, name));
  return push(PickleValue::at(PickleKind::kGlobal, index));
}

Status PickleInterpreter::global() {
  HEADRACE_TRY(const std::string_view module, line());
  HEADRACE_TRY(const std::string_view name, line());
  return push_name(module, name);
}

Status PickleInterpreter::stack_global() {
  HEADRACE_TRY(const PickleValue name, pop());
  HEADRACE_TRY(const PickleValue module, pop());
  if (!module.is(PickleKind::kString) || !name.is(PickleKind::kString)) return invalid_model("a name is not made of two strings");
  return push_name(module.string(), name.string());
}

Status PickleInterpreter::persistent_id() {
  HEADRACE_TRY(const PickleValue id, pop());
  HEADRACE_TRY(const PickleValue storage, resolve_persistent_id(id, heap_));
  return push(storage);
}

Status PickleInterpreter::reduce() {
  HEADRACE_TRY(const PickleValue arguments, pop());
  HEADRACE_TRY(const PickleValue callee, pop());
  HEADRACE_TRY(const PickleValue result, call(callee, arguments, heap_));
  return push(result);
}

// cls.__new__(cls, *arguments): the same for the few classes there are.
Status PickleInterpreter::new_object() { return reduce(); }

Status PickleInterpreter::new_object_with_keywords() {
  HEADRACE_CHECK(pop());
  return reduce();
}

// object.__setstate__(state), or its attributes. Attributes of dicts (_metadata) and of opaque data say nothing about weights;
// anything else has no state to be set.
Status PickleInterpreter::build() {
  HEADRACE_CHECK(pop());
  HEADRACE_TRY(const PickleValue object, top());
  if (object.is(PickleKind::kDict) || object.is(PickleKind::kOpaque)) return Ok{};
  return invalid_model("the state of " + std::string(describe(object.kind)) + " is set, and weights have no use for that");
}

Status PickleInterpreter::refuse_extension() {
  return invalid_model("the pickle uses the registry of extensions, which PyTorch never does: do not load this file anywhere");
}

Status PickleInterpreter::refuse_instance() {
  return invalid_model(
      "the pickle makes an object in the way of protocol 0, which PyTorch never does: do not load this file anywhere");
}

Status PickleInterpreter::refuse_buffer() {
  return unsupported("the pickle refers to buffers outside of it, which are not in the file");
}

Status PickleInterpreter::refuse_text() {
  return unsupported("this is the text form of pickle (protocol 0 or 1): save the weights with torch.save's own protocol");
}

Status PickleInterpreter::refuse_unknown() {
  return invalid_model("there is no such opcode: the file is damaged, or not a pickle");
}

}  // namespace headrace
