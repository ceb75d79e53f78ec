// The shapes of layers that real networks have, each ready to run on the kernels of an instruction set.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernels/kernel_table.h"

namespace headrace::micro {

struct LayerShape {
  int size;  // rows and columns of input and output (stride 1, padded)
  int channels, output_channels;
  int kernel;
  bool depthwise = false;
  bool addend = false;       // a residual addition at the end
  std::string name() const;  // "56x56x64 -> 256, 1x1"
  int64_t macs() const;
};

std::vector<LayerShape> usual_shapes();

// One run of the layer over a picture of random values; nullptr where the kernels cannot (Winograd on 1x1, say).
using Run = std::function<void()>;
Run direct_u8(const kernels::KernelTable& table, const LayerShape& shape);
Run direct_f32(const kernels::KernelTable& table, const LayerShape& shape);
Run winograd_u8(const kernels::KernelTable& table, const LayerShape& shape);
Run winograd_f32(const kernels::KernelTable& table, const LayerShape& shape);

}  // namespace headrace::micro
