// The tables, one per folder.
#pragma once

#include "kernels/kernel_table.h"

namespace headrace::kernels {

const KernelTable& reference_table();
const KernelTable& avx2_table();
const KernelTable& avx512vnni_table();
const KernelTable& amx_table();

}  // namespace headrace::kernels
