#include "kernels/amx/permission.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace headrace::kernels::amx {

// Numbers from Linux's documentation (arch/x86/xstate): older headers do not have them.
bool tiles_permitted() {
  constexpr long kRequestPermission = 0x1023 /* ARCH_REQ_XCOMP_PERM */, kTileData = 18 /* XFEATURE_XTILEDATA */;
  static const bool permitted = syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  return permitted;
}

}  // namespace headrace::kernels::amx
