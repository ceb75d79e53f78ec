#include "kernels/avx2/winograd.h"

#include "kernels/avx2/winograd_traits.h"

namespace headrace::kernels::avx2 {

constinit const WinogradKernels winograd_kernels = kWinogradKernels<WinogradS16, WinogradS32, WinogradF32>;

}  // namespace headrace::kernels::avx2
