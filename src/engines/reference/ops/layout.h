// Operators that move values without computing: any type whose elements take whole bytes.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

// reshape.cpp
Result<Tensors> identity(const OpCall& call);  // and Dropout at inference, whose mask is all true
Result<Tensors> reshape(const OpCall& call);
Result<Tensors> flatten(const OpCall& call);
Result<Tensors> squeeze(const OpCall& call);
Result<Tensors> unsqueeze(const OpCall& call);
Result<Tensors> transpose(const OpCall& call);
// join.cpp
Result<Tensors> concat(const OpCall& call);
Result<Tensors> split(const OpCall& call);
Result<Tensors> depth_to_space(const OpCall& call);
Result<Tensors> space_to_depth(const OpCall& call);
// slice.cpp
Result<Tensors> slice(const OpCall& call);
Result<Tensors> expand(const OpCall& call);
Result<Tensors> tile(const OpCall& call);
// gather.cpp
Result<Tensors> gather(const OpCall& call);
// pad.cpp
Result<Tensors> pad(const OpCall& call);
// resize.cpp: float32
Result<Tensors> resize(const OpCall& call);
// cast.cpp
Result<Tensors> cast(const OpCall& call);

}  // namespace headrace::reference
