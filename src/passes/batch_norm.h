// BatchNormalization in inference mode as what it is: one scale and one shift per channel.
#pragma once

#include <optional>

#include "passes/weighted_layer.h"

namespace headrace::passes {

// The map of a BatchNormalization with constant float32 or float64 parameters of one length. nullopt in training mode, where its
// running statistics are read, or where the map is not finite (a negative variance).
std::optional<ChannelAffine> inference_affine(const Node& node);

}  // namespace headrace::passes
