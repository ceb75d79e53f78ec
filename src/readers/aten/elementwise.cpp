// Arithmetic element by element, with broadcasting. An op computes in its result's type; comparisons in their operands' common
// one.
#include <algorithm>
#include <cmath>
#include <limits>

#include "readers/aten/promote.h"
#include "readers/aten/shapes.h"
#include "readers/aten/table.h"

namespace headrace::aten {
namespace {

Value* self_of(Call& call) { return call.b.cast(call.tensor("self"), call.output_dtype()); }
Value* number(Call& call, double value) { return call.b.number(value, call.output_dtype()); }

// Sums and differences of bool tensors: or; ONNX adds numbers alone.
DType arithmetic_dtype(const Call& call) { return call.output_dtype() == DType::kBool ? DType::kInt32 : call.output_dtype(); }

Value* times_alpha(Call& call, Value* value) {
  const double alpha = call.real("alpha", 1);
  return alpha == 1 ? value : call.b.op("Mul", {value, call.b.number(alpha, value->dtype)});
}

void add(Call& call) {
  const DType dtype = arithmetic_dtype(call);
  Value* self = call.operand("self", dtype);
  call.result(call.b.op("Add", {self, times_alpha(call, call.operand("other", dtype))}));
}
void sub(Call& call) {
  const DType dtype = arithmetic_dtype(call);
  Value* self = call.operand("self", dtype);
  call.result(call.b.op("Sub", {self, times_alpha(call, call.operand("other", dtype))}));
}
void rsub(Call& call) {
  const DType dtype = arithmetic_dtype(call);
  Value* self = times_alpha(call, call.operand("self", dtype));
  call.result(call.b.op("Sub", {call.operand("other", dtype), self}));
}
void mul(Call& call) {
  if (call.output_dtype() == DType::kBool)
    return call.result(call.b.op("And", {call.operand("self", DType::kBool), call.operand("other", DType::kBool)}));
  call.result(call.b.op("Mul", {call.operand("self", call.output_dtype()), call.operand("other", call.output_dtype())}));
}

Value* truncated(Builder& b, Value* x) { return b.op("Mul", {b.op("Floor", {b.op("Abs", {x})}), b.op("Sign", {x})}); }

// Integers divide towards zero in ONNX; where the signs differ and a rest is left, the floor is one less.
Value* floor_of_integers(Builder& b, Value* x, Value* y) {
  Value* quotient = b.op("Div", {x, y});
  Value* rest = b.op("Sub", {x, b.op("Mul", {quotient, y})});
  Value* zero = b.number(0, x->dtype);
  Value* signs_differ = b.op("Less", {b.op("Mul", {b.op("Sign", {rest}), b.op("Sign", {y})}), zero});
  return b.op("Sub", {quotient, b.cast(signs_differ, x->dtype)});
}

void divide(Call& call, const std::string& rounding) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *x = call.operand("self", dtype), *y = call.operand("other", dtype);
  if (rounding == "floor" && is_integral(dtype)) return call.result(floor_of_integers(b, x, y));
  Value* quotient = b.op("Div", {x, y});
  if (is_integral(dtype) || rounding.empty()) return call.result(quotient);
  call.result(rounding == "floor" ? b.op("Floor", {quotient}) : truncated(b, quotient));
}
void div(Call& call) { divide(call, call.text("rounding_mode", "")); }
void floor_divide(Call& call) { divide(call, "floor"); }

// With the divisor's sign.
void remainder(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *x = call.operand("self", dtype), *y = call.operand("other", dtype);
  if (is_integral(dtype)) return call.result(b.op("Mod", {x, y}));
  call.result(b.op("Sub", {x, b.op("Mul", {b.op("Floor", {b.op("Div", {x, y})}), y})}));
}
void fmod(Call& call) {
  const DType dtype = call.output_dtype();
  call.result(call.b.op("Mod", {call.operand("self", dtype), call.operand("other", dtype)}, {{"fmod", 1}}));
}

void pow(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value* base = call.operand("self", dtype);
  if (!call.is_tensor("exponent")) {
    const double exponent = call.real("exponent");
    if (exponent == 1) return call.result(base);
    if (exponent == 2) return call.result(b.op("Mul", {base, base}));
    if (exponent == 0.5) return call.result(b.op("Sqrt", {base}));
    if (exponent == -1) return call.result(b.op("Reciprocal", {base}));
  }
  call.result(b.op("Pow", {base, call.operand("exponent", dtype)}));
}

void binary(Call& call, std::string_view op) {
  const DType dtype = call.output_dtype();
  call.result(call.b.op(op, {call.operand("self", dtype), call.operand("other", dtype)}));
}
void maximum(Call& call) { binary(call, "Max"); }
void minimum(Call& call) { binary(call, "Min"); }

void bitwise(Call& call, std::string_view logical, std::string_view bits) {
  binary(call, call.output_dtype() == DType::kBool ? logical : bits);
}
void bitwise_and(Call& call) { bitwise(call, "And", "BitwiseAnd"); }
void bitwise_or(Call& call) { bitwise(call, "Or", "BitwiseOr"); }
void bitwise_xor(Call& call) { bitwise(call, "Xor", "BitwiseXor"); }

void logical(Call& call, std::string_view op) {
  call.result(call.b.op(op, {call.operand("self", DType::kBool), call.operand("other", DType::kBool)}));
}
void logical_and(Call& call) { logical(call, "And"); }
void logical_or(Call& call) { logical(call, "Or"); }
void logical_xor(Call& call) { logical(call, "Xor"); }

Value* compared(Call& call, std::string_view op) {
  DType dtype = common_dtype(call, "self", "other");
  if (dtype == DType::kBool && op != "Equal") dtype = DType::kInt32;
  return call.b.op(op, {call.operand("self", dtype), call.operand("other", dtype)});
}
void eq(Call& call) { call.result(compared(call, "Equal")); }
void ne(Call& call) { call.result(call.b.op("Not", {compared(call, "Equal")})); }
void lt(Call& call) { call.result(compared(call, "Less")); }
void le(Call& call) { call.result(compared(call, "LessOrEqual")); }
void gt(Call& call) { call.result(compared(call, "Greater")); }
void ge(Call& call) { call.result(compared(call, "GreaterOrEqual")); }

void logical_not(Call& call) { call.result(call.b.op("Not", {call.b.cast(call.tensor("self"), DType::kBool)})); }
void bitwise_not(Call& call) {
  call.result(call.b.op(call.output_dtype() == DType::kBool ? "Not" : "BitwiseNot", {self_of(call)}));
}

// Functions of one operand that ONNX has under (nearly) the same name.
void unary(Call& call) {
  static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"aten.abs", "Abs"},     {"aten.neg", "Neg"},
      {"aten.exp", "Exp"},     {"aten.log", "Log"},
      {"aten.sqrt", "Sqrt"},   {"aten.sin", "Sin"},
      {"aten.cos", "Cos"},     {"aten.tan", "Tan"},
      {"aten.asin", "Asin"},   {"aten.acos", "Acos"},
      {"aten.atan", "Atan"},   {"aten.sinh", "Sinh"},
      {"aten.cosh", "Cosh"},   {"aten.asinh", "Asinh"},
      {"aten.acosh", "Acosh"}, {"aten.atanh", "Atanh"},
      {"aten.erf", "Erf"},     {"aten.floor", "Floor"},
      {"aten.ceil", "Ceil"},   {"aten.sign", "Sign"},
      {"aten.sgn", "Sign"},    {"aten.reciprocal", "Reciprocal"},
  };
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) { return name.first == call.op(); });
  const bool rounds = found->second == "Floor" || found->second == "Ceil";
  call.result(rounds && is_integral(call.output_dtype()) ? self_of(call) : call.b.op(found->second, {self_of(call)}));
}

void round(Call& call) {
  Builder& b = call.b;
  const auto decimals = call.integer("decimals", 0);
  if (is_integral(call.output_dtype())) return call.result(self_of(call));
  if (decimals == 0) return call.result(b.op("Round", {self_of(call)}));
  Value* power = number(call, std::pow(10.0, static_cast<double>(decimals)));
  call.result(b.op("Div", {b.op("Round", {b.op("Mul", {self_of(call), power})}), power}));
}

void trunc(Call& call) { call.result(is_integral(call.output_dtype()) ? self_of(call) : truncated(call.b, self_of(call))); }
void frac(Call& call) {
  Value* x = self_of(call);
  call.result(call.b.op("Sub", {x, truncated(call.b, x)}));
}
void rsqrt(Call& call) { call.result(call.b.op("Div", {number(call, 1), call.b.op("Sqrt", {self_of(call)})})); }
void square(Call& call) {
  Value* x = self_of(call);
  call.result(call.b.op("Mul", {x, x}));
}
void log1p(Call& call) { call.result(call.b.op("Log", {call.b.op("Add", {self_of(call), number(call, 1)})})); }
void expm1(Call& call) { call.result(call.b.op("Sub", {call.b.op("Exp", {self_of(call)}), number(call, 1)})); }
void log2(Call& call) { call.result(call.b.op("Div", {call.b.op("Log", {self_of(call)}), number(call, std::log(2.0))})); }
void log10(Call& call) { call.result(call.b.op("Div", {call.b.op("Log", {self_of(call)}), number(call, std::log(10.0))})); }
void exp2(Call& call) { call.result(call.b.op("Pow", {number(call, 2), self_of(call)})); }

void isnan(Call& call) { call.result(call.b.op("IsNaN", {call.tensor("self")})); }
void isinf(Call& call) { call.result(call.b.op("IsInf", {call.tensor("self")})); }
void isfinite(Call& call) {
  Builder& b = call.b;
  Value* x = call.tensor("self");
  call.result(b.op("Not", {b.op("Or", {b.op("IsNaN", {x}), b.op("IsInf", {x})})}));
}

double largest(DType dtype) {
  return dtype == DType::kFloat64   ? std::numeric_limits<double>::max()
         : dtype == DType::kFloat16 ? 65504.0
                                    : std::numeric_limits<float>::max();
}

void nan_to_num(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const double most = largest(x->dtype);
  Value* finite = b.op("Where", {b.op("IsNaN", {x}), number(call, call.real("nan", 0)), x});
  Value* infinity = number(call, std::numeric_limits<double>::infinity());
  Value* below = b.op("Where", {b.op("Equal", {finite, infinity}), number(call, call.real("posinf", most)), finite});
  call.result(b.op("Where", {b.op("Equal", {below, b.op("Neg", {infinity})}), number(call, call.real("neginf", -most)), below}));
}

// Bounds may be tensors that broadcast, which Clip cannot take.
void clamp(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  const std::string_view low = call.has("min") ? "min" : "", high = call.has("max") ? "max" : "";
  const bool tensors = (!low.empty() && call.is_tensor(low)) || (!high.empty() && call.is_tensor(high));
  Value* least = low.empty() ? nullptr : call.operand(low, x->dtype);
  Value* most = high.empty() ? nullptr : call.operand(high, x->dtype);
  if (!tensors) return call.result(b.op("Clip", {x, least, most}));
  if (least != nullptr) x = b.op("Max", {x, least});
  if (most != nullptr) x = b.op("Min", {x, most});
  call.result(x);
}

Value* either(Call& call, Value* condition, Value* x, Value* y) {
  if (call.output_dtype() != DType::kBool) return call.b.op("Where", {condition, x, y});
  Builder& b = call.b;  // engines select numbers more often than bools
  return b.op("Or", {b.op("And", {condition, x}), b.op("And", {b.op("Not", {condition}), y})});
}

void where(Call& call) {
  Value* condition = call.b.cast(call.tensor("condition"), DType::kBool);
  const DType dtype = call.output_dtype();
  call.result(either(call, condition, call.operand("self", dtype), call.operand("other", dtype)));
}
void masked_fill(Call& call) {
  Value* mask = call.b.cast(call.tensor("mask"), DType::kBool);
  call.result(either(call, mask, call.operand("value", call.output_dtype()), self_of(call)));
}

// self + value * a * b, and self + value * a / b.
void add_combined(Call& call, std::string_view op) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value* product = b.op(op, {call.operand("tensor1", dtype), call.operand("tensor2", dtype)});
  const double value = call.real("value", 1);
  if (value != 1) product = b.op("Mul", {product, number(call, value)});
  call.result(b.op("Add", {self_of(call), product}));
}
void addcmul(Call& call) { add_combined(call, "Mul"); }
void addcdiv(Call& call) { add_combined(call, "Div"); }

void lerp(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *start = self_of(call), *end = call.operand("end", dtype);
  call.result(b.op("Add", {start, b.op("Mul", {call.operand("weight", dtype), b.op("Sub", {end, start})})}));
}

// log(exp(a) + exp(b)), from the larger of the two.
void logaddexp(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *x = call.operand("self", dtype), *y = call.operand("other", dtype);
  Value* less = b.op("Neg", {b.op("Abs", {b.op("Sub", {x, y})})});
  call.result(b.op("Add", {b.op("Max", {x, y}), b.op("Log", {b.op("Add", {b.op("Exp", {less}), number(call, 1)})})}));
}

void hypot(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *x = call.operand("self", dtype), *y = call.operand("other", dtype);
  call.result(b.op("Sqrt", {b.op("Add", {b.op("Mul", {x, x}), b.op("Mul", {y, y})})}));
}

// The angle by atan(y / x), turned by half a circle left of the axis.
void atan2(Call& call) {
  Builder& b = call.b;
  const DType dtype = call.output_dtype();
  Value *y = call.operand("self", dtype), *x = call.operand("other", dtype);
  Value *zero = number(call, 0), *pi = number(call, M_PI), *quarter = number(call, M_PI / 2);
  Value* half = b.op("Where", {b.op("Less", {y, zero}), b.op("Neg", {pi}), pi});
  Value* angle = b.op("Atan", {b.op("Div", {y, x})});
  Value* turned = b.op("Where", {b.op("Less", {x, zero}), b.op("Add", {angle, half}), angle});
  Value* upright = b.op("Mul", {b.op("Sign", {y}), quarter});
  call.result(b.op("Where", {b.op("Equal", {x, zero}), upright, turned}));
}

void erfc(Call& call) { call.result(call.b.op("Sub", {number(call, 1), call.b.op("Erf", {self_of(call)})})); }

void logit(Call& call) {
  Builder& b = call.b;
  Value* x = self_of(call);
  if (call.has("eps")) x = b.op("Clip", {x, number(call, call.real("eps")), number(call, 1 - call.real("eps"))});
  call.result(b.op("Log", {b.op("Div", {x, b.op("Sub", {number(call, 1), x})})}));
}

void copy(Call& call) {
  Value* source = call.b.cast(call.tensor("src"), call.output_dtype());
  const Value* self = call.tensor("self");
  if (source->shape == self->shape) return call.result(source);
  call.result(call.b.op("Expand", {source, emit(call.b, sizes_of(call.tensor("self")))}));
}
void fill(Call& call) {
  Value* value = call.operand("value", call.output_dtype());
  call.result(call.b.op("Expand", {value, emit(call.b, sizes_of(call.tensor("self")))}));
}
void zero(Call& call) { call.result(call.b.op("Expand", {number(call, 0), emit(call.b, sizes_of(call.tensor("self")))})); }

constexpr Entry kOps[] = {
    {"aten.add", add},
    {"aten.sub", sub},
    {"aten.subtract", sub},
    {"aten.rsub", rsub},
    {"aten.mul", mul},
    {"aten.multiply", mul},
    {"aten.div", div},
    {"aten.divide", div},
    {"aten.true_divide", div},
    {"aten.floor_divide", floor_divide},
    {"aten.remainder", remainder},
    {"aten.fmod", fmod},
    {"aten.pow", pow},
    {"aten.maximum", maximum},
    {"aten.minimum", minimum},
    {"aten.fmax", maximum},
    {"aten.fmin", minimum},
    {"aten.bitwise_and", bitwise_and},
    {"aten.bitwise_or", bitwise_or},
    {"aten.bitwise_xor", bitwise_xor},
    {"aten.__and__", bitwise_and},
    {"aten.__or__", bitwise_or},
    {"aten.__xor__", bitwise_xor},
    {"aten.logical_and", logical_and},
    {"aten.logical_or", logical_or},
    {"aten.logical_xor", logical_xor},
    {"aten.eq", eq},
    {"aten.ne", ne},
    {"aten.not_equal", ne},
    {"aten.lt", lt},
    {"aten.less", lt},
    {"aten.le", le},
    {"aten.less_equal", le},
    {"aten.gt", gt},
    {"aten.greater", gt},
    {"aten.ge", ge},
    {"aten.greater_equal", ge},
    {"aten.logical_not", logical_not},
    {"aten.bitwise_not", bitwise_not},
    {"aten.abs", unary},
    {"aten.neg", unary},
    {"aten.exp", unary},
    {"aten.log", unary},
    {"aten.sqrt", unary},
    {"aten.sin", unary},
    {"aten.cos", unary},
    {"aten.tan", unary},
    {"aten.asin", unary},
    {"aten.acos", unary},
    {"aten.atan", unary},
    {"aten.sinh", unary},
    {"aten.cosh", unary},
    {"aten.asinh", unary},
    {"aten.acosh", unary},
    {"aten.atanh", unary},
    {"aten.erf", unary},
    {"aten.floor", unary},
    {"aten.ceil", unary},
    {"aten.sign", unary},
    {"aten.sgn", unary},
    {"aten.reciprocal", unary},
    {"aten.round", round},
    {"aten.trunc", trunc},
    {"aten.fix", trunc},
    {"aten.frac", frac},
    {"aten.rsqrt", rsqrt},
    {"aten.square", square},
    {"aten.log1p", log1p},
    {"aten.expm1", expm1},
    {"aten.log2", log2},
    {"aten.log10", log10},
    {"aten.exp2", exp2},
    {"aten.isnan", isnan},
    {"aten.isinf", isinf},
    {"aten.isfinite", isfinite},
    {"aten.nan_to_num", nan_to_num},
    {"aten.clamp", clamp},
    {"aten.clip", clamp},
    {"aten.clamp_min", clamp},
    {"aten.clamp_max", clamp},
    {"aten.where", where},
    {"aten.masked_fill", masked_fill},
    {"aten.addcmul", addcmul},
    {"aten.addcdiv", addcdiv},
    {"aten.lerp", lerp},
    {"aten.logaddexp", logaddexp},
    {"aten.hypot", hypot},
    {"aten.atan2", atan2},
    {"aten.erfc", erfc},
    {"aten.special_erfc", erfc},
    {"aten.logit", logit},
    {"aten.copy", copy},
    {"aten.fill", fill},
    {"aten.zero", zero},
};

}  // namespace

std::span<const Entry> elementwise_ops() { return kOps; }

}  // namespace headrace::aten
