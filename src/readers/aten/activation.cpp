// Activations, softmax among them.
#include <algorithm>
#include <cmath>

#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Value* input_of(Call& call) {
  for (const pt2::NamedArgument& input : call.node().inputs)
    if (input.name == "self" || input.name == "input") return call.b.cast(call.tensor(input.name), call.output_dtype());
  malformed("it has no input");
}

Value* number(Call& call, double value) { return call.b.number(value, call.output_dtype()); }

// Ops of ONNX that are the same under another name.
void same(Call& call) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"aten.relu", "Relu"},           {"aten.sigmoid", "Sigmoid"},   {"aten.tanh", "Tanh"},
      {"aten.hardswish", "HardSwish"}, {"aten.softsign", "Softsign"}, {"aten.mish", "Mish"},
  };
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) { return name.first == call.op(); });
  call.result(call.b.op(found->second, {input_of(call)}));
}

void clip(Call& call, double low, double high) {
  call.result(call.b.op("Clip", {input_of(call), number(call, low), number(call, high)}));
}
void relu6(Call& call) { clip(call, 0, 6); }
void hardtanh(Call& call) { clip(call, call.real("min_val", -1), call.real("max_val", 1)); }

void silu(Call& call) {
  Value* x = input_of(call);
  call.result(call.b.op("Mul", {x, call.b.op("Sigmoid", {x})}));
}

void hardsigmoid(Call& call) {
  call.result(call.b.op("HardSigmoid", {input_of(call)}, {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}}));
}

Value* gelu_by_erf(Call& call, Value* x) {
  Builder& b = call.b;
  Value* erf = b.op("Erf", {b.op("Div", {x, number(call, std::sqrt(2.0))})});
  return b.op("Mul", {b.op("Mul", {x, b.op("Add", {erf, number(call, 1)})}), number(call, 0.5)});
}

Value* gelu_by_tanh(Call& call, Value* x) {
  Builder& b = call.b;
  Value* cubed = b.op("Mul", {b.op("Mul", {x, x}), x});
  Value* inner = b.op("Add", {x, b.op("Mul", {cubed, number(call, 0.044715)})});
  Value* tanh = b.op("Tanh", {b.op("Mul", {inner, number(call, std::sqrt(2.0 / M_PI))})});
  return b.op("Mul", {b.op("Mul", {x, b.op("Add", {tanh, number(call, 1)})}), number(call, 0.5)});
}

void gelu(Call& call) {
  Value* x = input_of(call);
  call.result(call.text("approximate", "none") == "tanh" ? gelu_by_tanh(call, x) : gelu_by_erf(call, x));
}

void leaky_relu(Call& call) {
  call.result(call.b.op("LeakyRelu", {input_of(call)}, {{"alpha", static_cast<float>(call.real("negative_slope", 0.01))}}));
}

// The mean of its random slopes, as PyTorch computes it outside training.
void rrelu(Call& call) {
  if (call.flag("training", false)) refuse("a random slope: call model.eval() before torch.export");
  const double slope = (call.real("lower", 1.0 / 8) + call.real("upper", 1.0 / 3)) / 2;
  call.result(call.b.op("LeakyRelu", {input_of(call)}, {{"alpha", static_cast<float>(slope)}}));
}

void rrelu_with_noise(Call& call) {
  call.ignore({"noise"});
  rrelu(call);
}

void elu(Call& call) {
  const double scale = call.real("scale", 1);
  if (call.real("input_scale", 1) != 1) refuse("elu with input_scale");
  Value* y = call.b.op("Elu", {input_of(call)}, {{"alpha", static_cast<float>(call.real("alpha", 1))}});
  call.result(scale == 1 ? y : call.b.op("Mul", {y, number(call, scale)}));
}

void selu(Call& call) { call.result(call.b.op("Selu", {input_of(call)})); }
void celu(Call& call) {
  call.result(call.b.op("Celu", {input_of(call)}, {{"alpha", static_cast<float>(call.real("alpha", 1))}}));
}

void softplus(Call& call) {
  Builder& b = call.b;
  Value* x = input_of(call);
  const double beta = call.real("beta", 1), threshold = call.real("threshold", 20);
  Value* scaled = beta == 1 ? x : b.op("Mul", {x, number(call, beta)});
  Value* soft = b.op("Softplus", {scaled});
  if (beta != 1) soft = b.op("Div", {soft, number(call, beta)});
  call.result(b.op("Where", {b.op("Greater", {scaled, number(call, threshold)}), x, soft}));
}

void softshrink(Call& call) {
  const auto lambda = static_cast<float>(call.real("lambd", 0.5));
  call.result(call.b.op("Shrink", {input_of(call)}, {{"lambd", lambda}, {"bias", lambda}}));
}
void hardshrink(Call& call) {
  call.result(call.b.op("Shrink", {input_of(call)}, {{"lambd", static_cast<float>(call.real("lambd", 0.5))}, {"bias", 0.0F}}));
}
void tanhshrink(Call& call) {
  Value* x = input_of(call);
  call.result(call.b.op("Sub", {x, call.b.op("Tanh", {x})}));
}

void threshold(Call& call) {
  Value* x = input_of(call);
  Value* above = call.b.op("Greater", {x, number(call, call.real("threshold"))});
  call.result(call.b.op("Where", {above, x, number(call, call.real("value"))}));
}

// -log(1 + exp(-x)), without overflow: min(x, 0) - log(1 + exp(-|x|)).
void log_sigmoid(Call& call) {
  Builder& b = call.b;
  Value* x = input_of(call);
  Value* tail = b.op("Log", {b.op("Add", {b.op("Exp", {b.op("Neg", {b.op("Abs", {x})})}), number(call, 1)})});
  call.result(b.op("Sub", {b.op("Min", {x, number(call, 0)}), tail}));
}

void prelu(Call& call) {
  Value* x = input_of(call);
  Value* slope = call.tensor("weight");
  Ints axes;
  if (rank_of(slope) == 1 && rank_of(x) > 2 && dim_of(slope, 0).extent != 1)
    for (int64_t axis = 1; axis < rank_of(x) - 1; ++axis) axes.push_back(axis);
  call.result(call.b.op("PRelu", {x, unsqueezed(call.b, slope, axes)}));
}

void glu(Call& call) {
  Value* x = input_of(call);
  const int64_t axis = axis_of(call.integer("dim", -1), x);
  const auto halves = call.b.ops("Split", 2, {x}, {{"axis", axis}, {"num_outputs", 2}});
  call.result(call.b.op("Mul", {halves[0], call.b.op("Sigmoid", {halves[1]})}));
}

void softmax_like(Call& call, std::string_view op) {
  Value* x = input_of(call);
  call.ignore({"dtype", "half_to_float"});  // the result's type tells
  const int64_t axis = call.integer("dim");
  if (rank_of(x) > 0) return call.result(call.b.op(op, {x}, {{"axis", axis_of(axis, x)}}));
  call.result(squeezed(call.b, call.b.op(op, {unsqueezed(call.b, x, {0})}, {{"axis", 0}}), {0}));
}
void softmax(Call& call) { softmax_like(call, "Softmax"); }
void log_softmax(Call& call) { softmax_like(call, "LogSoftmax"); }

constexpr Entry kOps[] = {
    {"aten.relu", same},
    {"aten.sigmoid", same},
    {"aten.tanh", same},
    {"aten.hardswish", same},
    {"aten.softsign", same},
    {"aten.mish", same},
    {"aten.relu6", relu6},
    {"aten.hardtanh", hardtanh},
    {"aten.silu", silu},
    {"aten.hardsigmoid", hardsigmoid},
    {"aten.gelu", gelu},
    {"aten.leaky_relu", leaky_relu},
    {"aten.rrelu", rrelu},
    {"aten.rrelu_with_noise", rrelu_with_noise},
    {"aten.rrelu_with_noise_functional", rrelu_with_noise},
    {"aten.elu", elu},
    {"aten.selu", selu},
    {"aten.celu", celu},
    {"aten.softplus", softplus},
    {"aten.softshrink", softshrink},
    {"aten.hardshrink", hardshrink},
    {"aten.tanhshrink", tanhshrink},
    {"aten.threshold", threshold},
    {"aten.log_sigmoid", log_sigmoid},
    {"aten.log_sigmoid_forward", log_sigmoid},
    {"aten.prelu", prelu},
    {"aten._prelu_kernel", prelu},
    {"aten.glu", glu},
    {"aten.softmax", softmax},
    {"aten._softmax", softmax},
    {"aten._safe_softmax", softmax},
    {"aten.log_softmax", log_softmax},
    {"aten._log_softmax", log_softmax},
};

}  // namespace

std::span<const Entry> activation_ops() { return kOps; }

}  // namespace headrace::aten
