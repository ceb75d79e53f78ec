#include "kernels/avx2/elementwise.h"

#include "kernels/avx2/vector.h"
#include "kernels/tiles/elementwise_kernels.h"

namespace headrace::kernels::avx2 {

constinit const ElementwiseKernels elementwise_kernels = kElementwiseKernels<Vector>;

}  // namespace headrace::kernels::avx2
