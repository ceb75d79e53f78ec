#pragma once

#include <cstddef>
#include <cstdint>

namespace headrace::kernels::avx512vnni {

// ElementwiseKernels::table_u8 for CPUs that have AVX-512-VBMI as well.
void look_up_vbmi(const uint8_t* in, uint8_t* out, size_t count, const uint8_t* table) noexcept;

}  // namespace headrace::kernels::avx512vnni
