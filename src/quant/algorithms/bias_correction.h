// Bias correction (Nagel et al., 2019, "Data-Free Quantization through Weight Equalization and Bias Correction"): what rounding
// the weights shifts the mean of an output channel by is put back into its bias. The inputs' means come from the calibration
// pass, so nothing has to be run again.
#pragma once

#include <span>

#include "base/error.h"
#include "quant/plan.h"

namespace headrace {

// Adds sum over (ic, k) of (w - scale * q) * E[x_ic] to each bias. `input_mean`: per channel of the layer's input. Errors:
// internal_error when there is not one per channel.
Status correct_bias(LayerPlan& plan, std::span<const double> input_mean);

}  // namespace headrace
