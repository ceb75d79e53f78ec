// The name of an operator as the graph writes it, taken apart.
#pragma once

#include <string>
#include <string_view>

#include "readers/aten/table.h"

namespace headrace::aten {

struct Target {
  std::string op;        // "aten.relu": as the table has it
  std::string overload;  // "default"
  bool in_place = false;
  const Entry* entry = nullptr;  // nullptr: not known
};

// "torch.ops.aten.relu_.default" is aten.relu in place, where the table has no aten.relu_ of its own.
Target resolve(std::string_view target);

// Nodes that only check what was checked when the program was exported.
bool is_assertion(std::string_view op);
// A graph to be run as if it stood in the caller's place (torch.no_grad, autocast to the same types).
bool is_inlined_graph(std::string_view op);

}  // namespace headrace::aten
