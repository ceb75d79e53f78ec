// The opcodes of pickle and what the interpreter does with each.
#pragma once

#include <cstddef>

#include "readers/checkpoint/pickle/interpreter.h"

namespace headrace {

struct PickleOpcode {
  const char* name;  // as pickletools calls it
  Status (PickleInterpreter::*run)();
};

const PickleOpcode& opcode_of(std::byte code);

}  // namespace headrace
