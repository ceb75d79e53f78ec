#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

// Softmax and LogSoftmax: over one axis (opset 13 and newer), or over all from `axis` on (older).
Result<Tensors> softmax(const OpCall& call);

}  // namespace headrace::reference
