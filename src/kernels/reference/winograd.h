#pragma once

#include "kernels/winograd.h"

namespace headrace::kernels::reference {

extern const WinogradKernels winograd_kernels;

}  // namespace headrace::kernels::reference
