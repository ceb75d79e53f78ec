// What one instruction set offers. Each folder beside this file fills one table; dispatch.cpp holds the ordered list of them.
// Kernels are noexcept, take plain structs and validate nothing: all checks happen before.
#pragma once

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/pool.h"
#include "kernels/winograd.h"

namespace headrace::kernels {

struct KernelTable {
  const char* isa = "";           // "avx512vnni", as HEADRACE_ISA names it
  bool (*supported)() = nullptr;  // by this CPU and operating system

  // u8 x s8 into s32, f32 x f32 into f32, s16 x s16 into s32.
  ConvGeometry conv_u8_geometry, conv_f32_geometry, gemm_s16_geometry;
  ConvKernel conv_u8 = nullptr, conv_f32 = nullptr, gemm_s16 = nullptr;

  DepthwiseKernels depthwise = {};
  PoolKernels pool = {};
  ElementwiseKernels elementwise = {};
  WinogradKernels winograd = {};
};

}  // namespace headrace::kernels
