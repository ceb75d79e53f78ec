// Operators that make shapes, constants and indices.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> shape(const OpCall& call);
Result<Tensors> size(const OpCall& call);
Result<Tensors> constant(const OpCall& call);
Result<Tensors> constant_of_shape(const OpCall& call);
Result<Tensors> range(const OpCall& call);
Result<Tensors> non_zero(const OpCall& call);

}  // namespace headrace::reference
