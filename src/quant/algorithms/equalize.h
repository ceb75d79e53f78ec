// Cross-layer equalisation (Nagel et al., 2019; Meller et al., 2019), from measured activations: where a tensor is only linear, ReLU or a pool away from
// the weights that make it and the weights that read it, its channel c can be multiplied by g[c] and the reading weights divided by it. The network computes the
// same; but the tensor's one scale then fits every channel.
//
// A Clip (ReLU6) on the way is allowed where the quantised range replaces it: gains are never below 1, so that the range ends no later than the clip does.
#pragma once

#include <map>
#include <vector>

#include "ir/model.h"
#include "quant/calibrate.h"
#include "quant/targets/target.h"

namespace headrace {

// Per value, the factor of each channel; values that are not in the map keep theirs.
using Gains = std::map<const Value*, std::vector<float>>;

// Rescales weights and biases in `model` and returns the gains of the activations. The placement's layers are brought up to date.
Gains equalize(Model& model, Placement& placement, const Calibration& calibration);

}  // namespace headrace
