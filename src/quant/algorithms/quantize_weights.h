// From float weights to int8 levels and scales.
#pragma once

#include "quant/observers/moments.h"
#include "quant/plan.h"

namespace headrace {

struct WeightOptions {
  bool per_channel = true;
  bool saturation_proof = true;
  bool bias_is_corrected = true;  // so that rounding need not keep the mean of the outputs
};

// Symmetric, levels -127 to 127, one scale per output channel (or one in all): max|w| / 127, with saturation_proof enlarged until
// no pair of the real weights offends the PairRule. Rounding is second-order where the inputs' moments are given, to nearest
// otherwise (offending pairs then being repaired level by level). `input_scale`: of the layer's activation; it bounds the scales
// from below so that the int32 bias fits. The plan's bias is the layer's.
LayerPlan quantize_weights(const WeightedLayer& layer, float input_scale, const WeightOptions& options,
                           const InputMoments* moments = nullptr);

// 10 log10 of the weights' energy over their rounding error's.
double weight_sqnr_db(const LayerPlan& plan);

}  // namespace headrace
