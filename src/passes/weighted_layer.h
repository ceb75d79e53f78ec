// A per-channel affine map y[c] = scale[c] * x[c] + shift[c], and the layers that can take one up into their weights: Conv,
// ConvTranspose, Gemm, and MatMul of a matrix. All of it is computed in float64 and rounded once, so that folding costs no
// accuracy.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/model.h"

namespace headrace::passes {

struct ChannelAffine {
  std::vector<double> scale, shift;  // one per output channel
};

struct WeightedLayer {
  Node* node;
  int rank;  // of the output; its channels are on axis 1
  int64_t channels;
  std::vector<double> bias;  // [channels], zeros when there is none; a Gemm's beta is in it
  // The channel of weight number i: with b = i / inner, it is b / (period * span) * period + b % period.
  int64_t inner, period, span;
};

// The layer that computes `output`, if it has constant float32 or float64 weights and nobody but one node reads its output.
std::optional<WeightedLayer> weighted_layer(const Value* output);

// Puts the map into weights and bias (a MatMul that needs a bias becomes a Gemm). false, with nothing changed, when a result is
// not finite.
bool fold_affine(Graph& graph, const WeightedLayer& layer, const ChannelAffine& affine);

}  // namespace headrace::passes
