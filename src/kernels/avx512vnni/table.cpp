#include "base/cpu.h"
#include "kernels/avx512vnni/conv.h"
#include "kernels/avx512vnni/depthwise.h"
#include "kernels/avx512vnni/elementwise.h"
#include "kernels/avx512vnni/look_up_vbmi.h"
#include "kernels/avx512vnni/pool.h"
#include "kernels/avx512vnni/winograd.h"
#include "kernels/depthwise_pack.h"
#include "kernels/tables.h"

namespace headrace::kernels {
namespace {

ElementwiseKernels elementwise_kernels() {
  ElementwiseKernels kernels = avx512vnni::elementwise_kernels;
  if (cpu_info().avx512_vbmi) kernels.table_u8 = avx512vnni::look_up_vbmi;
  return kernels;
}

}  // namespace

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
      .depthwise = {.pack_u8 = pack_depthwise_u8<16>,
                    .pack_f32 = pack_depthwise_f32<16>,
                    .u8 = avx512vnni::depthwise_u8,
                    .f32 = avx512vnni::depthwise_f32},
      .pool = avx512vnni::pool_kernels,
      .elementwise = elementwise_kernels(),
      .winograd = avx512vnni::winograd_kernels,
  };
  return table;
}

}  // namespace headrace::kernels
