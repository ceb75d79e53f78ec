// Where Q/DQ pairs go: each engine runs in integer only what is laid out its own way. One file per target.
#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "quant/layer.h"
#include "quant/quantize.h"

namespace headrace {

// An activation that gets a QuantizeLinear/DequantizeLinear pair.
struct QuantizedValue {
  Value* value = nullptr;
  std::vector<Use> readers;  // the uses that read the dequantised value
  bool whole = false;        // every reader does, the caller of the model included (an integer op's output must be quantised)
};

struct Placement {
  std::vector<WeightedLayer> layers;              // whose weights are quantised
  std::vector<QuantizedValue> values;             // in topological order
  std::vector<Node*> absorbed;                    // Relu and Clip nodes that the range of their output replaces
  std::vector<std::pair<Value*, Value*>> shared;  // pairs that must have the same scale and zero point
  std::vector<std::string> kept_float;            // "Softmax 'prob': ...", for the report
  int integer_nodes = 0;
};

struct Target {
  TargetKind kind;
  bool symmetric_activations;  // s8 with zero point 0, otherwise u8
  bool bias_as_int32;          // DequantizeLinear over an int32 bias; otherwise the bias stays float
  bool saturating_cpus;        // its kernels may saturate on some CPU: saturation-proof scales are worth their price
  Placement (*place)(const Graph& graph, const QuantOptions& options);
};

const Target& target_of(TargetKind kind);

Placement place_ort_x86(const Graph& graph, const QuantOptions& options);
Placement place_openvino(const Graph& graph, const QuantOptions& options);
Placement place_tensorrt(const Graph& graph, const QuantOptions& options);

}  // namespace headrace
