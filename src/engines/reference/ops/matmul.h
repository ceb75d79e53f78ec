// Matrix products in float32.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> matmul(const OpCall& call);
Result<Tensors> gemm(const OpCall& call);

}  // namespace headrace::reference
