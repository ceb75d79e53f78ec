#include "kernels/avx2/winograd.h"

#include "kernels/avx2/winograd_traits.h"

namespace headrace::kernels::avx2 {

void winograd_input_u8_f4(const WinogradInputTask& task) noexcept { winograd_input<WinogradS16, WinogradF4>(task); }
void winograd_output_u8_f4(const WinogradOutputTask& task) noexcept { winograd_output_u8<WinogradS32, WinogradF4>(task); }
void winograd_input_f32_f4(const WinogradInputTask& task) noexcept { winograd_input<WinogradF32, WinogradF4>(task); }
void winograd_output_f32_f4(const WinogradOutputTask& task) noexcept { winograd_output_f32<WinogradF32, WinogradF4>(task); }
void winograd_input_f32_f2(const WinogradInputTask& task) noexcept { winograd_input<WinogradF32, WinogradF2>(task); }
void winograd_output_f32_f2(const WinogradOutputTask& task) noexcept { winograd_output_f32<WinogradF32, WinogradF2>(task); }

}  // namespace headrace::kernels::avx2
