// Linux gives AMX's tiles to a process that asks: their 8 KB make every thread's saved state, and its signal frames, larger.
#pragma once

namespace headrace::kernels::amx {

// Asks once per process. False where the kernel does not know of tiles (before 5.16) or refuses: a sandbox, or a thread whose
// alternate signal stack is too small for a frame with tiles.
bool tiles_permitted();

}  // namespace headrace::kernels::amx
