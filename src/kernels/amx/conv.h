// u8 x s8 on tiles (tiles.h). Panels are packed as AVX-512 has them: a block of 16 steps of one vector is a tile of weights as it
// lies. Small tasks go to AVX-512's kernel.
#pragma once

#include "kernels/conv.h"

namespace headrace::kernels::amx {

// Of every task: sums on their way to the epilogue (of 32 pixels and four vectors), and pixels as tiles.
inline constexpr size_t kSumsBytes = size_t{32} * 4 * 64, kOperandBytes = size_t{256} << 10;
inline constexpr size_t kWorkspaceBytes = kSumsBytes + kOperandBytes;

void conv_u8(const ConvTask& task) noexcept;
// Whatever the task's size, as long as 16 of its pixels fit the workspace.
void conv_u8_on_tiles(const ConvTask& task) noexcept;

}  // namespace headrace::kernels::amx
