#include "engines/reference/ops/products.h"

#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

Error misfit(const Dims& a, const Dims& b) {
  return invalid_model("matrices of shapes " + to_string(a) + " and " + to_string(b) + " cannot be multiplied");
}

}  // namespace

Result<MatrixShape> gemm_shape(const Node& node, const Dims& a, const Dims& b) {
  if (a.size() != 2 || b.size() != 2) return misfit(a, b);
  const bool a_turned = node.int_attribute("transA", 0) != 0, b_turned = node.int_attribute("transB", 0) != 0;
  MatrixShape shape;
  shape.rows = a[a_turned ? 1 : 0];
  shape.depth = a[a_turned ? 0 : 1];
  shape.columns = b[b_turned ? 0 : 1];
  if (shape.depth != b[b_turned ? 1 : 0]) return misfit(a, b);
  shape.a_row = a_turned ? 1 : a[1];
  shape.a_depth = a_turned ? a[1] : 1;
  shape.b_depth = b_turned ? 1 : b[1];
  shape.b_column = b_turned ? b[1] : 1;
  return shape;
}

Result<BatchedProduct> matmul_shape(const Dims& a, const Dims& b) {
  if (a.empty() || b.empty()) return misfit(a, b);
  Dims left = a, right = b;
  if (a.size() == 1) left.insert(left.begin(), 1);
  if (b.size() == 1) right.push_back(1);
  const Dims left_batch(left.begin(), left.end() - 2), right_batch(right.begin(), right.end() - 2);
  const int64_t rows = left[left.size() - 2], depth = left.back(), columns = right.back();
  const auto batch = broadcast(left_batch, right_batch);
  if (!batch || right[right.size() - 2] != depth) return misfit(a, b);
  BatchedProduct product{{rows, depth, columns, depth, 1, columns, 1}, *batch, {}, {}, *batch};
  product.a_strides = broadcast_strides(left_batch, *batch);
  product.b_strides = broadcast_strides(right_batch, *batch);
  for (int64_t& stride : product.a_strides) stride *= rows * depth;
  for (int64_t& stride : product.b_strides) stride *= depth * columns;
  if (a.size() > 1) product.result.push_back(rows);
  if (b.size() > 1) product.result.push_back(columns);
  return product;
}

}  // namespace headrace::reference
