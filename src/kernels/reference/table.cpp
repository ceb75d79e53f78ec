#include "kernels/reference/conv.h"
#include "kernels/reference/depthwise.h"
#include "kernels/reference/elementwise.h"
#include "kernels/reference/pool.h"
#include "kernels/reference/winograd.h"
#include "kernels/tables.h"

namespace headrace::kernels {

const KernelTable& reference_table() {
  static const KernelTable table{
      .isa = "reference",
      .supported = [] { return true; },
      .conv_u8_geometry = {.lanes = 8, .max_vectors = 1},
      .conv_f32_geometry = {.lanes = 8, .max_vectors = 1},
      .gemm_s16_geometry = {.lanes = 8, .max_vectors = 1},
      .conv_u8 = reference::conv_u8,
      .conv_f32 = reference::conv_f32,
      .gemm_s16 = reference::gemm_s16,
      .depthwise = reference::depthwise_kernels,
      .pool = reference::pool_kernels,
      .elementwise = reference::elementwise_kernels,
      .winograd = reference::winograd_kernels,
  };
  return table;
}

}  // namespace headrace::kernels
