// Which part of a model really runs in integers: read off the model that ONNX Runtime saved after optimising it
// (SessionOptions::save_optimized). There Q/DQ pairs that it could fuse are gone, and those that it could not show as float ops.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "ir/model.h"

namespace headrace {

struct IntegerCoverage {
  std::map<std::string, int> integer_ops;  // "QLinearConv", or "MaxPool" over 8-bit values, to how many
  std::map<std::string, int> float_ops;    // compute ops left in float: "FusedConv", "Gemm", "Add", ...
  std::map<std::string, int> conversions;  // QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear
  std::vector<std::string> float_nodes;    // "Conv 'conv1'", for messages

  // No compute op is left in float.
  bool complete() const { return float_ops.empty(); }
};

// Counts ops that compute: convolutions, products, additions and other arithmetic, activations, pools, concatenations. Moves and
// shape arithmetic (Reshape, Transpose, Gather of indices, ...) are not counted.
IntegerCoverage integer_coverage(const Model& optimized);
Result<IntegerCoverage> integer_coverage(const std::filesystem::path& optimized_model);

}  // namespace headrace
