#include "kernels/avx512vnni/conv.h"

#include "kernels/avx512vnni/conv_traits.h"

namespace headrace::kernels::avx512vnni {

void conv_u8(const ConvTask& task) noexcept { conv_any<U8, 4>(task); }
void conv_f32(const ConvTask& task) noexcept { conv_any<F32, 4>(task); }
void gemm_s16(const ConvTask& task) noexcept { conv_any<S16, 4>(task); }

}  // namespace headrace::kernels::avx512vnni
