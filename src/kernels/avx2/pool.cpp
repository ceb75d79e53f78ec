#include "kernels/avx2/pool.h"

#include "kernels/avx2/vector.h"
#include "kernels/tiles/pool_tile.h"

namespace headrace::kernels::avx2 {

constinit const PoolKernels pool_kernels = kPoolKernels<Vector>;

}  // namespace headrace::kernels::avx2
