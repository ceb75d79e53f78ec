#pragma once

#include "kernels/winograd.h"

namespace headrace::kernels::reference {

void winograd_input_u8_f4(const WinogradInputTask& task) noexcept;
void winograd_output_u8_f4(const WinogradOutputTask& task) noexcept;
void winograd_input_f32_f4(const WinogradInputTask& task) noexcept;
void winograd_output_f32_f4(const WinogradOutputTask& task) noexcept;
void winograd_input_f32_f2(const WinogradInputTask& task) noexcept;
void winograd_output_f32_f2(const WinogradOutputTask& task) noexcept;

inline constexpr WinogradKernels winograd_kernels{.input_u8_f4 = winograd_input_u8_f4,
                                                  .output_u8_f4 = winograd_output_u8_f4,
                                                  .input_f32_f4 = winograd_input_f32_f4,
                                                  .output_f32_f4 = winograd_output_f32_f4,
                                                  .input_f32_f2 = winograd_input_f32_f2,
                                                  .output_f32_f2 = winograd_output_f32_f2};

}  // namespace headrace::kernels::reference
