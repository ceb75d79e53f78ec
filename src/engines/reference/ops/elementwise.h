// Elementwise operators, with broadcasting.
#pragma once

#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> unary(const OpCall& call);
Result<Tensors> binary(const OpCall& call);  // Add, Sub, Mul, Div, Pow, and Min, Max, Sum of any number of operands
Result<Tensors> clip_op(const OpCall& call);
Result<Tensors> prelu(const OpCall& call);
Result<Tensors> compare(const OpCall& call);  // Equal, Less, Greater, LessOrEqual, GreaterOrEqual, And, Or, Xor
Result<Tensors> not_op(const OpCall& call);
Result<Tensors> where(const OpCall& call);

// The shape that the operands broadcast to; invalid_model when they do not.
Result<Dims> broadcast_dims(const Tensor& a, const Tensor& b);

}  // namespace headrace::reference
