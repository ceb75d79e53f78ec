#pragma once

#include "kernels/elementwise.h"

namespace headrace::kernels::avx512vnni {

extern const ElementwiseKernels elementwise_kernels;

}  // namespace headrace::kernels::avx512vnni
