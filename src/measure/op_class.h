// Ops by how they compute, across ai.onnx and ONNX Runtime's own domains.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "ir/model.h"

namespace headrace {

// "Conv"; "com.microsoft.FusedConv" outside of ai.onnx.
std::string full_op_name(const Node& node);

// An op that takes quantised operands itself: QLinear*, *Integer, QGemm, DynamicQuantizeMatMul, ...
bool is_integer_op(const Node& node);

// How a node multiplies, and where its operands are among its inputs.
enum class ProductKind { kConv, kConvTranspose, kGemm, kMatMul };
struct Product {
  ProductKind kind;
  size_t data;    // index of the input that holds the data, the left operand
  size_t weight;  // index of the weight, the right operand
  size_t bias;    // index of the bias; no input there: none
};
// nullopt for a node that is not a convolution or matrix product.
std::optional<Product> product_of(const Node& node);

}  // namespace headrace
