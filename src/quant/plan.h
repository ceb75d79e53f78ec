// The plan: every number that quantisation has decided on; and its writing into the graph as Q/DQ.
#pragma once

#include <map>
#include <vector>

#include "quant/layer.h"
#include "quant/observers/range.h"
#include "quant/targets/target.h"

namespace headrace {

// Integer weights of a layer: real weight = scale[row] * q.
struct LayerPlan {
  WeightedLayer layer;
  WeightRows form;              // the float weights they were made from, as rows
  std::vector<int8_t> weights;  // in the order of the rows
  std::vector<float> scales;    // one per row, or one in all
  std::vector<float> bias;      // real values, one per row; written when the layer had a bias or one of them is not zero

  float scale(int64_t row) const { return scales.size() == 1 ? scales[0] : scales[static_cast<size_t>(row)]; }
};

struct QuantPlan {
  std::map<Value*, QuantParams> activations;
  std::vector<LayerPlan> layers;
};

// Rewrites the graph: a pair at every placed activation, int8 weights behind DequantizeLinear, biases as the target wants them,
// absorbed activations removed. Errors: internal_error when the plan does not fit the placement.
Status write_qdq(Model& model, const Target& target, const Placement& placement, const QuantPlan& plan);

}  // namespace headrace
