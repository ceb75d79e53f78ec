#pragma once

#include "kernels/elementwise.h"

namespace headrace::kernels::reference {

extern const ElementwiseKernels elementwise_kernels;

// One value: in double, rounded to float32.
float activate(float x, const ActivationParameters& parameters);

}  // namespace headrace::kernels::reference
