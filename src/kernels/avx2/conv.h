#pragma once

#include "kernels/conv.h"

namespace headrace::kernels::avx2 {

void conv_u8(const ConvTask& task) noexcept;
void conv_f32(const ConvTask& task) noexcept;
void gemm_s16(const ConvTask& task) noexcept;

}  // namespace headrace::kernels::avx2
