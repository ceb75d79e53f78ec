// What a model is made of: what `headrace inspect` shows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "engines/engine.h"
#include "ir/model.h"

namespace headrace {

// A layer that multiplies: Conv, ConvTranspose, Gemm, MatMul and their quantised and fused forms.
struct LayerStats {
  std::string node;        // its name; may be empty
  std::string op_type;     // "Conv"; "com.microsoft.FusedConv" outside of ai.onnx
  std::string output;      // the name of its first output
  std::string shape;       // of that output, "[N, 64, 112, 112]"; "?" when not known
  int64_t parameters = 0;  // weight and bias
  int64_t macs = 0;        // multiply-accumulates of one run; 0 where shapes are not known
  bool quantized = false;  // runs in integers: both operands come through DequantizeLinear, or it is an integer op itself
};

struct ModelStats {
  Signature signature;
  int64_t ir_version = 0;
  std::map<std::string, int64_t> opsets;  // domain ("" is ai.onnx) to version
  std::string producer;                   // "pytorch 2.13.0"; may be empty
  int64_t nodes = 0;
  std::map<std::string, int64_t> op_counts;  // "Conv", "com.microsoft.FusedConv", ... to how many
  int64_t parameters = 0;                    // elements of the weights: all constants but shapes, scales and zero points
  int64_t parameter_bytes = 0;
  int64_t macs = 0;                // of all layers, see count_macs()
  int64_t macs_unknown = 0;        // layers whose shapes are not known well enough to count
  double quantized_share = 0;      // the part of `macs` in quantised layers; 0 without MACs
  uint64_t file_bytes = 0;         // with external data
  std::vector<LayerStats> layers;  // in topological order
};

// Of a model in memory; `file_bytes` stays 0. Subgraphs and functions are not looked into.
ModelStats model_stats(const Model& model);

// Of a file. Layers whose shapes show only after constant folding are looked at in a folded copy (which needs ONNX Runtime;
// without it they stay unknown). Errors: those of read_onnx.
Result<ModelStats> model_stats(const std::filesystem::path& path);

// Multiply-accumulates of one run of `node`: 0 for ops that do not multiply, -1 where the shapes are not known well enough. The
// leading dimension counts as 1 where it is not known, and so do dimensions with a name ("batch", "sequence").
int64_t count_macs(const Node& node);

}  // namespace headrace
