// Reductions over axes, in float32 (ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceProd, ReduceL2, ReduceSumSquare, ArgMax).
#pragma once

#include "engines/reference/ops/averages.h"
#include "engines/reference/ops/op.h"

namespace headrace::reference {

Result<Tensors> reduce(const OpCall& call);
Result<Tensors> arg_max(const OpCall& call);

enum class ReduceKind { kMean, kSum, kMax, kMin, kProd, kL2, kSumSquare };
Tensor reduce_with(const Dims& dims, const std::vector<int64_t>& axes, bool keep, std::span<const float> x, ReduceKind kind);
// Each sum divided by its count.
Tensor means_of(const Averages<double>& averages);

}  // namespace headrace::reference
