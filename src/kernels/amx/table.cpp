#include "base/cpu.h"
#include "kernels/amx/conv.h"
#include "kernels/amx/permission.h"
#include "kernels/tables.h"

namespace headrace::kernels {

// AVX-512's, but for convolutions of codes. Winograd's products of s16 and FP32 have no tiles.
const KernelTable& amx_table() {
  static const KernelTable table = [] {
    KernelTable amx = avx512vnni_table();
    amx.isa = "amx";
    amx.supported = [] { return cpu_info().amx_int8 && avx512vnni_table().supported() && amx::tiles_permitted(); };
    amx.conv_u8 = amx::conv_u8;
    amx.conv_u8_geometry.workspace_bytes = amx::kWorkspaceBytes;
    return amx;
  }();
  return table;
}

}  // namespace headrace::kernels
