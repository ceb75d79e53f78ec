#include "kernels/avx512vnni/winograd.h"

#include "kernels/avx512vnni/winograd_traits.h"

namespace headrace::kernels::avx512vnni {

constinit const WinogradKernels winograd_kernels = kWinogradKernels<WinogradS16, WinogradS32, WinogradF32>;

}  // namespace headrace::kernels::avx512vnni
