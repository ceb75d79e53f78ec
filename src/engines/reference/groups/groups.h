// Groups of nodes that docs/numerics.md computes as one, straight on the codes. A group is found by its last node, nearly always
// a QuantizeLinear, and looks backwards: whether others read the values between plays no part, so that making one of them an
// output of the model changes no result.
#pragma once

#include <optional>

#include "engines/reference/step.h"

namespace headrace::reference {

// The group that computes `last`'s output; nullopt where it is computed by itself.
std::optional<Step> group_ending_in(const Node& last);

// Each rule of docs/numerics.md by itself.
std::optional<Step> integer_layer(const Node& last);               // rule 1: Conv, Gemm, MatMul; with or without QuantizeLinear
std::optional<Step> integer_sum_or_product(const Node& quantize);  // rule 2: Add, Mul
std::optional<Step> integer_mean(const Node& quantize);            // rule 3: GlobalAveragePool, AveragePool, ReduceMean
std::optional<Step> activation_table(const Node& quantize);        // rule 4: functions of one quantised value

}  // namespace headrace::reference
