#pragma once

#include "kernels/elementwise.h"

namespace headrace::kernels::avx2 {

extern const ElementwiseKernels elementwise_kernels;

}  // namespace headrace::kernels::avx2
