#pragma once

#include "kernels/depthwise.h"

namespace headrace::kernels::reference {

extern const DepthwiseKernels depthwise_kernels;

}  // namespace headrace::kernels::reference
