#pragma once

#include "kernels/pool.h"

namespace headrace::kernels::reference {

extern const PoolKernels pool_kernels;

}  // namespace headrace::kernels::reference
