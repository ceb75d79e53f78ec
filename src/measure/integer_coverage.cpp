#include "measure/integer_coverage.h"

#include <set>
#include <string_view>

#include "measure/op_class.h"
#include "readers/onnx/read.h"

namespace headrace {
namespace {

using Names = std::set<std::string_view>;

// What computes, in float unless its operands are 8-bit.
const Names& compute_ops() {
  static const Names names{"Add",
                           "Sub",
                           "Mul",
                           "Div",
                           "Sum",
                           "Relu",
                           "Clip",
                           "LeakyRelu",
                           "PRelu",
                           "Elu",
                           "Selu",
                           "Sigmoid",
                           "HardSwish",
                           "HardSigmoid",
                           "Tanh",
                           "Gelu",
                           "FastGelu",
                           "QuickGelu",
                           "BiasGelu",
                           "Softmax",
                           "LayerNormalization",
                           "SkipLayerNormalization",
                           "BatchNormalization",
                           "InstanceNormalization",
                           "MaxPool",
                           "NhwcMaxPool",
                           "AveragePool",
                           "GlobalAveragePool",
                           "GlobalMaxPool",
                           "LpPool",
                           "ReduceMean",
                           "ReduceSum",
                           "ReduceMax",
                           "Concat",
                           "Resize",
                           "Upsample",
                           "Attention",
                           "LSTM",
                           "GRU",
                           "RNN"};
  return names;
}

const Names& conversions() {
  static const Names names{"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"};
  return names;
}

// Moves values without computing: the output's type is the first input's.
const Names& moves() {
  static const Names names{"MaxPool",   "NhwcMaxPool",  "Concat",        "Reshape",      "Transpose",   "Flatten", "Squeeze",
                           "Unsqueeze", "Identity",     "Slice",         "Gather",       "Resize",      "Expand",  "Split",
                           "Pad",       "ReorderInput", "ReorderOutput", "DepthToSpace", "SpaceToDepth"};
  return names;
}

// A value's type. Where none was inferred (after ONNX Runtime's own ops), its producer tells; float is the answer in doubt.
DType type_of(const Value* value) {
  while (value != nullptr && value->dtype == DType::kUndefined && value->producer() != nullptr) {
    const Node& node = *value->producer();
    const bool quantized = node.op_type.starts_with("QLinear") || node.op_type == "QGemm" || node.op_type == "QuantizeLinear";
    if (quantized) return DType::kUint8;
    if (!moves().contains(node.op_type)) break;
    value = node.input(0);
  }
  return value == nullptr || value->dtype == DType::kUndefined ? DType::kFloat32 : value->dtype;
}

enum class Arithmetic { kFloat, kQuantized, kOther };  // other: shapes, indices, masks

Arithmetic arithmetic_of(const Node& node) {
  switch (type_of(node.input(0))) {
    case DType::kUint8:
    case DType::kInt8: return Arithmetic::kQuantized;
    case DType::kFloat32:
    case DType::kFloat64:
    case DType::kFloat16:
    case DType::kBfloat16: return Arithmetic::kFloat;
    default: return Arithmetic::kOther;
  }
}

void count(const Node& node, IntegerCoverage& coverage) {
  const std::string& op = node.op_type;
  if (is_integer_op(node)) {
    ++coverage.integer_ops[op];
  } else if (conversions().contains(op)) {
    ++coverage.conversions[op];
  } else if (product_of(node) || compute_ops().contains(op)) {
    const Arithmetic arithmetic = arithmetic_of(node);
    if (arithmetic == Arithmetic::kQuantized) ++coverage.integer_ops[op];
    if (arithmetic != Arithmetic::kFloat) return;
    ++coverage.float_ops[op];
    coverage.float_nodes.push_back(node.describe());
  }
}

}  // namespace

IntegerCoverage integer_coverage(const Model& optimized) {
  IntegerCoverage coverage;
  for (const auto& node : optimized.graph->nodes()) count(*node, coverage);
  return coverage;
}

Result<IntegerCoverage> integer_coverage(const std::filesystem::path& optimized_model) {
  HEADRACE_TRY(const Model model, read_onnx(optimized_model));
  return integer_coverage(model);
}

}  // namespace headrace
