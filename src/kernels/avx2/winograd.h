#pragma once

#include "kernels/winograd.h"

namespace headrace::kernels::avx2 {

extern const WinogradKernels winograd_kernels;

}  // namespace headrace::kernels::avx2
