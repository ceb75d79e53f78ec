#include "kernels/avx2/depthwise.h"

#include "kernels/avx2/depthwise_traits.h"
#include "kernels/tiles/depthwise_f32.h"
#include "kernels/tiles/depthwise_u8.h"

namespace headrace::kernels::avx2 {

void depthwise_u8(const DepthwiseTask& task) noexcept { depthwise_u8_blocks<DepthwiseTraits>(task); }
void depthwise_f32(const DepthwiseTask& task) noexcept { depthwise_f32_blocks<Vector>(task); }

}  // namespace headrace::kernels::avx2
