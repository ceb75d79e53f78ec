#include "engines/reference/ops/op_table.h"

#include <algorithm>
#include <array>
#include <string>

#include "engines/reference/ops/conv.h"
#include "engines/reference/ops/elementwise.h"
#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/matmul.h"
#include "engines/reference/ops/normalize.h"
#include "engines/reference/ops/pool.h"
#include "engines/reference/ops/quantize.h"
#include "engines/reference/ops/reduce.h"
#include "engines/reference/ops/shape_values.h"
#include "engines/reference/ops/softmax.h"

namespace headrace::reference {
namespace {

// By name.
constexpr auto kOps = std::to_array<Op>({
    {"Abs", 1, unary},
    {"Add", 2, binary},
    {"And", 2, compare},
    {"ArgMax", 1, arg_max},
    {"AveragePool", 1, average_pool},
    {"BatchNormalization", 5, batch_normalization},
    {"Cast", 1, cast},
    {"CastLike", 2, cast},
    {"Ceil", 1, unary},
    {"Celu", 1, unary},
    {"Clip", 1, clip_op},
    {"Concat", 1, concat},
    {"Constant", 0, constant},
    {"ConstantOfShape", 1, constant_of_shape},
    {"Conv", 2, conv},
    {"ConvTranspose", 2, conv_transpose},
    {"Cos", 1, unary},
    {"DepthToSpace", 1, depth_to_space},
    {"DequantizeLinear", 2, dequantize_linear},
    {"Div", 2, binary},
    {"Dropout", 1, identity},
    {"Elu", 1, unary},
    {"Equal", 2, compare},
    {"Erf", 1, unary},
    {"Exp", 1, unary},
    {"Expand", 2, expand},
    {"Flatten", 1, flatten},
    {"Floor", 1, unary},
    {"Gather", 2, gather},
    {"Gelu", 1, unary},
    {"Gemm", 2, gemm},
    {"GlobalAveragePool", 1, global_average_pool},
    {"GlobalMaxPool", 1, global_max_pool},
    {"Greater", 2, compare},
    {"GreaterOrEqual", 2, compare},
    {"HardSigmoid", 1, unary},
    {"HardSwish", 1, unary},
    {"Identity", 1, identity},
    {"InstanceNormalization", 3, instance_normalization},
    {"LRN", 1, lrn},
    {"LayerNormalization", 2, layer_normalization},
    {"LeakyRelu", 1, unary},
    {"Less", 2, compare},
    {"LessOrEqual", 2, compare},
    {"Log", 1, unary},
    {"LogSoftmax", 1, softmax},
    {"MatMul", 2, matmul},
    {"Max", 1, binary},
    {"MaxPool", 1, max_pool},
    {"Min", 1, binary},
    {"Mish", 1, unary},
    {"Mul", 2, binary},
    {"Neg", 1, unary},
    {"NonZero", 1, non_zero},
    {"Not", 1, not_op},
    {"Or", 2, compare},
    {"PRelu", 2, prelu},
    {"Pad", 1, pad},
    {"Pow", 2, binary},
    {"QuantizeLinear", 2, quantize_linear},
    {"Range", 3, range},
    {"Reciprocal", 1, unary},
    {"ReduceL2", 1, reduce},
    {"ReduceMax", 1, reduce},
    {"ReduceMean", 1, reduce},
    {"ReduceMin", 1, reduce},
    {"ReduceProd", 1, reduce},
    {"ReduceSum", 1, reduce},
    {"ReduceSumSquare", 1, reduce},
    {"Relu", 1, unary},
    {"Reshape", 2, reshape},
    {"Resize", 1, resize},
    {"Round", 1, unary},
    {"Selu", 1, unary},
    {"Shape", 1, shape},
    {"Sigmoid", 1, unary},
    {"Sign", 1, unary},
    {"Sin", 1, unary},
    {"Size", 1, size},
    {"Slice", 3, slice},
    {"Softmax", 1, softmax},
    {"Softplus", 1, unary},
    {"Softsign", 1, unary},
    {"SpaceToDepth", 1, space_to_depth},
    {"Split", 1, split},
    {"Sqrt", 1, unary},
    {"Squeeze", 1, squeeze},
    {"Sub", 2, binary},
    {"Sum", 1, binary},
    {"Swish", 1, unary},
    {"Tanh", 1, unary},
    {"ThresholdedRelu", 1, unary},
    {"Tile", 2, tile},
    {"Transpose", 1, transpose},
    {"Unsqueeze", 1, unsqueeze},
    {"Where", 3, where},
    {"Xor", 2, compare},
});
static_assert(std::is_sorted(kOps.begin(), kOps.end(), [](const Op& a, const Op& b) { return a.name < b.name; }));

// Ops of any number of inputs, which may not be left out.
bool variadic(std::string_view name) { return name == "Concat" || name == "Max" || name == "Min" || name == "Sum"; }

}  // namespace

const Op* find_op(const Node& node) {
  if (!node.domain.empty()) return nullptr;
  const auto found = std::lower_bound(kOps.begin(), kOps.end(), node.op_type,
                                      [](const Op& op, const std::string& name) { return op.name < name; });
  return found != kOps.end() && found->name == node.op_type ? &*found : nullptr;
}

Result<Tensors> call(const Op& op, const OpCall& call) {
  const size_t least = variadic(op.name) ? std::max(call.inputs.size(), op.least_inputs) : op.least_inputs;
  for (size_t i = 0; i < least; ++i)
    if (!call.has(i)) return invalid_model("its input " + std::to_string(i) + " is missing");
  return op.function(call);
}

}  // namespace headrace::reference
