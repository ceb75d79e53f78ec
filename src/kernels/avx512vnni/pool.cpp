#include "kernels/avx512vnni/pool.h"

#include "kernels/avx512vnni/vector.h"
#include "kernels/tiles/pool_tile.h"

namespace headrace::kernels::avx512vnni {

constinit const PoolKernels pool_kernels = kPoolKernels<Vector>;

}  // namespace headrace::kernels::avx512vnni
