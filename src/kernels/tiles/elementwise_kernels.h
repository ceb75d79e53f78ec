// The table's entries for an ISA: T is its Vector (avx2/vector.h).
#pragma once

#include "kernels/tiles/activation_tile.h"
#include "kernels/tiles/code_tile.h"
#include "kernels/tiles/float_tile.h"
#include "kernels/tiles/layout_tile.h"

namespace headrace::kernels {

template <class T>
constexpr ElementwiseKernels kElementwiseKernels{.add_u8 = add_codes<T>,
                                                 .mul_u8 = multiply_codes<T>,
                                                 .table_u8 = look_up<T>,
                                                 .add_f32 = add_floats<T>,
                                                 .mul_f32 = multiply_floats<T>,
                                                 .scale_shift_f32 = scale_shift_floats<T>,
                                                 .activation_f32 = activate<T>,
                                                 .gate_f32 = gate_floats<T>,
                                                 .gate_u8 = gate_codes<T>,
                                                 .nchw_to_nhwc_f32 = planes_to_pixels<T>,
                                                 .quantize_nchw_u8 = quantize_planes<T>,
                                                 .nhwc_to_nchw_f32 = pixels_to_planes<T>,
                                                 .quantize_u8 = quantize_floats<T>,
                                                 .dequantize_u8 = dequantize_codes<T>,
                                                 .softmax_f32 = softmax<T>};

}  // namespace headrace::kernels
