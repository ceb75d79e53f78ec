#pragma once

#include "kernels/depthwise.h"

namespace headrace::kernels::avx2 {

void depthwise_u8(const DepthwiseTask& task) noexcept;
void depthwise_f32(const DepthwiseTask& task) noexcept;

}  // namespace headrace::kernels::avx2
