// Pools over windows and over whole planes, in float32.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> max_pool(const OpCall& call);  // of any of our number types; its second output (indices) is not computed
Result<Tensors> average_pool(const OpCall& call);
Result<Tensors> global_average_pool(const OpCall& call);
Result<Tensors> global_max_pool(const OpCall& call);

}  // namespace headrace::reference
