#include "kernels/avx2/conv.h"

#include "kernels/avx2/conv_traits.h"

namespace headrace::kernels::avx2 {

void conv_u8(const ConvTask& task) noexcept { conv_any<U8, 1>(task); }
void conv_f32(const ConvTask& task) noexcept { conv_any<F32, 2>(task); }
void gemm_s16(const ConvTask& task) noexcept { conv_any<S16, 2>(task); }

}  // namespace headrace::kernels::avx2
