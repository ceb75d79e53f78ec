// Elementwise functions on real numbers, in double: a float32 op rounds their result once, and tables of quantised activations
// (docs/numerics.md, rule 4) chain several of them before they round.
#pragma once

#include <functional>
#include <optional>

#include "ir/model.h"

namespace headrace::reference {

using Unary = std::function<double(double)>;
using Binary = double (*)(double, double);

// The function of a node with one operand (Relu, Sigmoid, Gelu, ...), its attributes applied; nullopt for any other op.
std::optional<Unary> unary_function(const Node& node);
// The function of an op with two operands (Add, Pow, Max, ...); nullptr for any other op.
Binary binary_function(std::string_view op_type);

double clip(double x, double low, double high);  // NaN stays
double leaky_relu(double x, double slope);       // PRelu and LeakyRelu

}  // namespace headrace::reference
