#include "kernels/avx512vnni/elementwise.h"

#include "kernels/avx512vnni/vector.h"
#include "kernels/tiles/elementwise_kernels.h"

namespace headrace::kernels::avx512vnni {

constinit const ElementwiseKernels elementwise_kernels = kElementwiseKernels<Vector>;

}  // namespace headrace::kernels::avx512vnni
