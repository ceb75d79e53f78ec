// From the graph (FP32 or QDQ) to a program: which nodes become which layer, and what is fused. One file per family of ops beside
// this one; the table of ops is in lower.cpp.
//
// Quantised arithmetic is recognised by its surroundings: DequantizeLinear in front, QuantizeLinear behind (docs/numerics.md says
// what is then computed). What is not surrounded so is computed in float.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engines/native/layers/conv.h"
#include "engines/native/program.h"
#include "ir/model.h"

namespace headrace::native {

// A tensor of codes and what they stand for.
struct Codes {
  TensorId tensor;
  Quantisation quantisation;
};

// The QuantizeLinear behind a node, with what lies between absorbed into the range of codes.
struct Requantisation {
  Value* value;  // the codes
  Quantisation quantisation;
  int32_t minimum = 0, maximum = 255;
  std::vector<const Node*> nodes;  // everything it covers
};

// Constant weights with one scale per output channel.
struct IntegerWeights {
  std::vector<int8_t> values;  // as in the model
  std::vector<float> scale;    // [output channels]
  std::vector<int64_t> dims;
};

class Lowering {
 public:
  Lowering(const Model& model, const kernels::KernelTable& kernels) : graph_(*model.graph), opset_(model.opset()) {
    program_.kernels = &kernels;
  }
  // Errors: unsupported, with all nodes that cannot be lowered.
  Result<Program> run();

  const kernels::KernelTable& kernels() const { return *program_.kernels; }
  int64_t opset() const { return opset_; }

  // --- Operands.
  // The value as codes, if it is the DequantizeLinear (per tensor) of a tensor of the program.
  std::optional<Codes> codes_of(const Value* value);
  // The value as a float tensor; dequantised by a layer of its own where need be.
  Result<TensorId> floats_of(const Value* value);
  // What floats a constant holds, also behind a DequantizeLinear.
  Result<Tensor> constant_floats(const Value* value) const;
  std::optional<IntegerWeights> integer_weights(const Value* value, int channel_axis) const;
  // The int32 bias behind a DequantizeLinear, whose scales must be those of the sums of products; empty when the layer has none.
  Result<std::vector<int32_t>> integer_bias(const Value* value, std::span<const float> sum_scales) const;
  // The four-dimensional tensor that a Flatten or Reshape laid flat.
  std::optional<Shape> flattened_shape(const Value* value) const;

  // --- Results.
  TensorId add_tensor(const Value* value, Element element, Quantisation quantisation = {});
  TensorId add_anonymous(std::string name, Element element, Quantisation quantisation);  // of no value of the graph
  void bind_floats(const Value* value, TensorId tensor) { floats_[value] = tensor; }
  void bind_codes(const Value* value, TensorId tensor) { codes_[value] = tensor; }
  void bind_flattened(const Value* value, const Value* source);
  // The QuantizeLinear that alone reads `value`, with Relu and Clip between.
  std::optional<Requantisation> requantisation(const Value* value) const;
  TensorId add_codes(const Requantisation& requantisation);  // tensor and binding; covers its nodes
  void cover(const Node* node) { covered_.insert(node); }
  bool covered(const Node* node) const { return covered_.contains(node); }

  template <typename L, typename... Args>
  L* add_layer(Args&&... args) {
    auto layer = std::make_unique<L>(std::forward<Args>(args)...);
    L* raw = layer.get();
    program_.layers.push_back(std::move(layer));
    return raw;
  }
  // The tensor, padded with `fill`: a copy where its halo has to hold something else already.
  TensorId padded(TensorId tensor, float fill);
  // The value that a zero is in `tensor`.
  float zero_of(TensorId tensor) const;
  // The convolution that computes `tensor` for one reader alone and can take up an addition; its place in the list of layers.
  std::optional<size_t> fusable_conv(TensorId tensor, const Value* value) const;
  // Computed by a layer that writes it pixel by pixel with any distance between pixels (an import does not).
  bool written_by_layer(TensorId tensor) const;
  size_t producer_index(TensorId tensor) const { return program_.producer_index(tensor); }

  TensorInfo& tensor(TensorId id) { return program_.tensors[id]; }
  Layer& layer(size_t index) { return *program_.layers[index]; }

 private:
  Status lower_node(const Node& node);
  Status lower_inputs();
  Status lower_outputs();

  const Graph& graph_;
  int64_t opset_;
  Program program_;
  std::map<const Value*, TensorId> floats_, codes_;
  std::map<const Value*, const Value*> flattened_;
  std::set<const Node*> covered_;
};

// One per family. Each lowers `node`, or says why it cannot (unsupported).
Status lower_conv(Lowering& lowering, const Node& node);
Status lower_gemm(Lowering& lowering, const Node& node);
Status lower_add(Lowering& lowering, const Node& node);
Status lower_scale(Lowering& lowering, const Node& node);  // Mul, Div, Sub
Status lower_activation(Lowering& lowering, const Node& node);
Status lower_pool(Lowering& lowering, const Node& node);
Status lower_global_pool(Lowering& lowering, const Node& node);
Status lower_concat(Lowering& lowering, const Node& node);
Status lower_shape(Lowering& lowering, const Node& node);  // Reshape, Flatten, Squeeze, ...: the same values
Status lower_softmax(Lowering& lowering, const Node& node);
Status lower_resize(Lowering& lowering, const Node& node);
Status lower_quantize(Lowering& lowering, const Node& node);

// "Conv 'conv1': why".
Error cannot(const Node& node, const std::string& why);
// That kernel, strides, dilations and padding are numbers to compute with.
Status check_window(const Node& node);
// What a QuantizeLinear or DequantizeLinear with one scale means, in unsigned codes; `dtype` is that of the side that holds
// integers. nullopt where scale and zero point are not constants, or the type is not of 8 bits.
std::optional<Quantisation> quantisation_of(const Node& node, DType dtype);
// The bounds of a Relu, or of a Clip with constant bounds; nullopt for other nodes.
std::optional<std::pair<float, float>> clamp_of(const Node& node);

}  // namespace headrace::native
