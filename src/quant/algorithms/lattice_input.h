// Inputs that are 8-bit pictures in disguise. A normalised picture, x = (p / 255 - mean) / std, takes at most 256 values per
// channel, evenly spaced: it lies on a lattice. A scale for the whole tensor puts a second, different grid over it, which costs
// more than all other activations of a network together. Instead each channel is quantised on its own lattice, without loss, by a
// QuantizeLinear with an axis; the one scale that follows is put right in the weights and bias of the convolutions that read it.
#pragma once

#include <optional>
#include <vector>

#include "data/dataset.h"
#include "quant/plan.h"

namespace headrace {

struct LatticeInput {
  Value* input = nullptr;    // of the graph
  Value* scaled = nullptr;   // input * gain, which a Mul computes while the model is still in float
  std::vector<float> steps;  // of each channel's lattice: QuantizeLinear's scales
  std::vector<int32_t> zero_points;
  QuantParams params;           // of the tensor as its readers see it
  std::vector<double> offsets;  // what its readers see is scaled + params.scale * offset, per channel
};

// Looks at up to eight samples of each graph input that only convolutions among `layers` read. Where the values lie on a lattice,
// puts the Mul into the graph and divides the reading weights by the gains, which leaves the float model as it was.
Result<std::vector<LatticeInput>> find_lattice_inputs(Graph& graph, const std::vector<WeightedLayer>& layers,
                                                      const Dataset& data);

// Whether `low` and `high`, the extremes of the scaled input over the whole calibration, still lie on the grid. Where they do
// not, ordinary parameters serve.
bool covers(const LatticeInput& lattice, double low, double high);

// Takes the constant offset that quantising on the lattice adds out of the bias of a layer that reads it.
void remove_offset(LayerPlan& plan, const LatticeInput& lattice);

// After write_qdq: lets the QuantizeLinear read the input itself, on its lattice.
void write_lattice(Graph& graph, const LatticeInput& lattice);

}  // namespace headrace
