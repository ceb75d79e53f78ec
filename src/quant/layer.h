// A layer with weights, as quantisation sees it: one row of weights per output channel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

// A Conv, ConvTranspose, Gemm or MatMul whose weights are a float32 constant.
struct WeightedLayer {
  Node* node = nullptr;
  Value* input = nullptr;  // the activation
  Value* weight = nullptr;
  Value* bias = nullptr;       // a constant, or nullptr
  Node* activation = nullptr;  // a Relu or Clip that only this layer feeds, absorbed by the range of the output
  Value* output = nullptr;     // after the absorbed activation

  bool is_conv() const { return node->is("Conv"); }
  int64_t groups() const { return node->int_attribute("group", 1); }
  bool depthwise() const;       // one input and one output channel a group
  int channel_axis() const;     // of the weight: its output channels
  int64_t channels() const;     // output channels
  bool per_channel_ok() const;  // whether this op's weights may have a scale per output channel
};

// The layer that `node` is, or nullopt when it has no constant float32 weights of a form we quantise.
std::optional<WeightedLayer> as_weighted_layer(Node* node);

// Weights as rows: rows[oc * columns + k], where k runs over (kh, kw, ic) for Conv (ic of the group) and over K for Gemm and
// MatMul.
struct WeightRows {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t inner = 1;  // input channels of a group: how many neighbours in k belong to one tap
  std::vector<float> values;

  float* row(int64_t r) { return values.data() + r * columns; }
  const float* row(int64_t r) const { return values.data() + r * columns; }
};
WeightRows weight_rows(const WeightedLayer& layer);
// From rows (of float or int8) back to the tensor's own order.
template <typename T>
Tensor from_rows(const WeightedLayer& layer, const WeightRows& form, const std::vector<T>& rows);

// The input channel that column k of row r multiplies.
int64_t input_channel(const WeightedLayer& layer, const WeightRows& form, int64_t row, int64_t column);

// The bias as one value per output channel; zeros when there is none.
std::vector<float> bias_values(const WeightedLayer& layer);

}  // namespace headrace
