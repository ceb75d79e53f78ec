// From float weights to int8 levels and scales.
#pragma once

#include "quant/plan.h"

namespace headrace {

struct WeightOptions {
  bool per_channel = true;
  bool saturation_proof = true;
};

// Symmetric, levels -127 to 127, one scale per output channel (or one in all). With saturation_proof each row keeps the PairRule; a row's scale is the one of
// several between max|w| / 127 and the one at which no pair offends that loses least, offending pairs being repaired level by level. `input_scale`: of the layer's
// activation; it bounds the scale from below so that the int32 bias fits. The plan's bias is the layer's.
LayerPlan quantize_weights(const WeightedLayer& layer, float input_scale, const WeightOptions& options);

// 10 log10 of the weights' energy over their rounding error's.
double weight_sqnr_db(const LayerPlan& plan);

}  // namespace headrace
