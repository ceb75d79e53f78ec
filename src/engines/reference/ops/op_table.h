// The one list of the operators that the reference engine knows.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

struct Op {
  std::string_view name;
  size_t least_inputs;  // that many inputs must be there
  OpFunction function;
};

// nullptr for an op that is not in the list or of another domain.
const Op* find_op(const Node& node);

// Checks that the inputs are there, then calls the op.
Result<Tensors> call(const Op& op, const OpCall& call);

}  // namespace headrace::reference
