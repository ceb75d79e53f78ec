// Convolution and its transpose in float32.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> conv(const OpCall& call);
Result<Tensors> conv_transpose(const OpCall& call);

}  // namespace headrace::reference
