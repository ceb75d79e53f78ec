#pragma once

#include "kernels/pool.h"

namespace headrace::kernels::avx512vnni {

extern const PoolKernels pool_kernels;

}  // namespace headrace::kernels::avx512vnni
