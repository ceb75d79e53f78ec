// QuantizeLinear and DequantizeLinear by themselves (docs/numerics.md, rule 6).
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> quantize_linear(const OpCall& call);
Result<Tensors> dequantize_linear(const OpCall& call);

}  // namespace headrace::reference
