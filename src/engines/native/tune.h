// Which way to compute each convolution is the fastest one here: measured once, and remembered in a file.
#pragma once

#include "engines/native/layers/conv.h"

namespace headrace::native {

// Decides for every convolution that has several ways, and packs its weights for that one; `inputs` are the extents to measure
// with, one picture of each. Choices are remembered per CPU, instruction set and extents (tune_file.h). HEADRACE_WINOGRAD=0 takes
// the direct way everywhere, 1 Winograd with 4x4 tiles wherever there is one; neither is remembered. Errors: those of packing.
Status settle(Program& program, std::vector<Extent> inputs);

}  // namespace headrace::native
