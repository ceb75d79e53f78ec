// Which values of a float model and of its quantised version stand for the same thing.
#pragma once

#include <vector>

#include "ir/model.h"

namespace headrace {

struct LayerPair {
  const Node* node = nullptr;  // of the float model, whose output is compared
  Value* float_value = nullptr;
  Value* quantized_value = nullptr;
};

// Every float32 value that a node of `float_model` computes and that exists under the same name in `quantized_model`, in
// topological order. Where the quantised model rounds it (QuantizeLinear, DequantizeLinear), its counterpart is what the
// consumers read, after the DequantizeLinear. An activation that the quantised model has left to the clamp of a QuantizeLinear is
// compared there.
std::vector<LayerPair> pair_layers(const Model& float_model, const Model& quantized_model);

}  // namespace headrace
