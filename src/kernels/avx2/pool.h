#pragma once

#include "kernels/pool.h"

namespace headrace::kernels::avx2 {

extern const PoolKernels pool_kernels;

}  // namespace headrace::kernels::avx2
