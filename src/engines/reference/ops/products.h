// The sums of a matrix product, in whatever arithmetic (as convolve.h).
#pragma once

#include <vector>

#include "base/parallel.h"
#include "engines/reference/ops/op.h"

namespace headrace::reference {

// c[row, n] = sum over k of a[row, k] * b[k, n] for one matrix; strides in elements, so that a transposed one is read in place.
struct MatrixShape {
  int64_t rows = 0, depth = 0, columns = 0;
  int64_t a_row = 0, a_depth = 0, b_depth = 0, b_column = 0;
};

// row_done(row, sums) receives the `columns` sums of a row; from several threads at once.
template <typename Acc, typename In, typename RowDone>
void multiply(const MatrixShape& shape, const In* a, const In* b, int threads, RowDone row_done) {
  const auto one_row = [&](size_t row) {
    std::vector<Acc> sums(static_cast<size_t>(shape.columns));
    const In* from = a + static_cast<int64_t>(row) * shape.a_row;
    for (int64_t k = 0; k < shape.depth; ++k) {
      const Acc factor = static_cast<Acc>(from[k * shape.a_depth]);
      const In* line = b + k * shape.b_depth;
      for (int64_t n = 0; n < shape.columns; ++n)
        sums[static_cast<size_t>(n)] += factor * static_cast<Acc>(line[n * shape.b_column]);
    }
    row_done(static_cast<int64_t>(row), sums);
  };
  parallel_for(static_cast<size_t>(shape.rows), threads, one_row);
}

// Gemm's matrices, with transA and transB. Errors: invalid_model for dims that do not fit.
Result<MatrixShape> gemm_shape(const Node& node, const Dims& a, const Dims& b);

// MatMul's: numpy's rules for vectors and for batches, which broadcast.
struct BatchedProduct {
  MatrixShape matrix;
  Dims batch;                 // of the result
  Dims a_strides, b_strides;  // per batch axis, in elements
  Dims result;                // dims, without the axes that vectors lose
};
Result<BatchedProduct> matmul_shape(const Dims& a, const Dims& b);

}  // namespace headrace::reference
