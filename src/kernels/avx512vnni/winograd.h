#pragma once

#include "kernels/winograd.h"

namespace headrace::kernels::avx512vnni {

extern const WinogradKernels winograd_kernels;

}  // namespace headrace::kernels::avx512vnni
