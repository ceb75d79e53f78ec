#include "base/cpu.h"
#include "kernels/avx2/conv.h"
#include "kernels/avx2/depthwise.h"
#include "kernels/avx2/elementwise.h"
#include "kernels/avx2/pool.h"
#include "kernels/avx2/winograd.h"
#include "kernels/depthwise_pack.h"
#include "kernels/tables.h"

namespace headrace::kernels {

const KernelTable& avx2_table() {
  static const KernelTable table{
      .isa = "avx2",
      .supported = [] { return cpu_info().avx2 && cpu_info().fma; },
      .conv_u8_geometry = {.lanes = 8, .max_vectors = 1, .saturating_pairs = true},
      .conv_f32_geometry = {.lanes = 8, .max_vectors = 2},
      .gemm_s16_geometry = {.lanes = 8, .max_vectors = 2},
      .conv_u8 = avx2::conv_u8,
      .conv_f32 = avx2::conv_f32,
      .gemm_s16 = avx2::gemm_s16,
      .depthwise = {.pack_u8 = pack_depthwise_u8<8>,
                    .pack_f32 = pack_depthwise_f32<8>,
                    .u8 = avx2::depthwise_u8,
                    .f32 = avx2::depthwise_f32},
      .pool = avx2::pool_kernels,
      .elementwise = avx2::elementwise_kernels,
      .winograd = avx2::winograd_kernels,
  };
  return table;
}

}  // namespace headrace::kernels
