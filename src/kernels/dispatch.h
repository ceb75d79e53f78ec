// Which kernels this process uses.
#pragma once

#include <span>

#include "base/error.h"
#include "kernels/kernel_table.h"

namespace headrace::kernels {

// Every instruction set this build knows, the fastest first; the last, "reference", runs everywhere.
std::span<const KernelTable* const> kernel_tables();
// The first one this CPU supports, or the one that the environment variable HEADRACE_ISA names.
// Errors: invalid_argument for a name that does not exist, unsupported for one this CPU cannot run; both list the choices.
Result<const KernelTable*> select_kernels();
// The same by name ("avx2"); an empty name is the first supported one.
Result<const KernelTable*> find_kernels(std::string_view isa);

}  // namespace headrace::kernels
