// Normalisations in float32.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> batch_normalization(const OpCall& call);  // at inference
Result<Tensors> instance_normalization(const OpCall& call);
Result<Tensors> layer_normalization(const OpCall& call);
Result<Tensors> lrn(const OpCall& call);

}  // namespace headrace::reference
