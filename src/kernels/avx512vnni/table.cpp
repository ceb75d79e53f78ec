#include "base/cpu.h"
#include "kernels/avx512vnni/conv.h"
#include "kernels/avx512vnni/elementwise.h"
#include "kernels/avx512vnni/pool.h"
#include "kernels/avx512vnni/winograd.h"
#include "kernels/tables.h"

namespace headrace::kernels {

const KernelTable& avx512vnni_table() {
  static const KernelTable table{
      .isa = "avx512vnni",
      .supported = [] { return cpu_info().avx512 && cpu_info().avx512_vnni; },
      .conv_u8_geometry = {.lanes = 16, .max_vectors = 4, .packed_order = true},
      .conv_f32_geometry = {.lanes = 16, .max_vectors = 4},
      .gemm_s16_geometry = {.lanes = 16, .max_vectors = 4},
      .conv_u8 = avx512vnni::conv_u8,
      .conv_f32 = avx512vnni::conv_f32,
      .gemm_s16 = avx512vnni::gemm_s16,
      .pool = avx512vnni::pool_kernels,
      .elementwise = avx512vnni::elementwise_kernels,
      .winograd = avx512vnni::winograd_kernels,
  };
  return table;
}

}  // namespace headrace::kernels
