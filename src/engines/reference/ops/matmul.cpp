#include "engines/reference/ops/matmul.h"

#include "engines/reference/ops/products.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {

Result<Tensors> matmul(const OpCall& call) {
  HEADRACE_TRY(const auto a, floats(call, 0));
  HEADRACE_TRY(const auto b, floats(call, 1));
  HEADRACE_TRY(const BatchedProduct product, matmul_shape(call.input(0).dims(), call.input(1).dims()));
  HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, product.result));
  float* to = y.as_mutable<float>().data();
  walk<2>(product.batch, {product.a_strides, product.b_strides}, [&](const auto& at) {
    multiply<double>(product.matrix, a.data() + at[0], b.data() + at[1], call.threads,
                     [&](int64_t row, const std::vector<double>& sums) {
                       for (size_t n = 0; n < sums.size(); ++n)
                         to[static_cast<size_t>(row) * sums.size() + n] = static_cast<float>(sums[n]);
                     });
    to += product.matrix.rows * product.matrix.columns;
  });
  return Tensors{std::move(y)};
}

Result<Tensors> gemm(const OpCall& call) {
  HEADRACE_TRY(const auto a, floats(call, 0));
  HEADRACE_TRY(const auto b, floats(call, 1));
  HEADRACE_TRY(const MatrixShape shape, gemm_shape(call.node, call.input(0).dims(), call.input(1).dims()));
  const Dims dims{shape.rows, shape.columns};
  std::span<const float> c;
  Dims c_strides{0, 0};
  if (call.has(2)) {
    HEADRACE_TRY(c, floats(call, 2));
    if (broadcast(call.input(2).dims(), dims) != dims) return invalid_model("its C is " + to_string(call.input(2).dims()));
    c_strides = broadcast_strides(call.input(2).dims(), dims);
  }
  const double alpha = call.node.float_attribute("alpha", 1), beta = call.node.float_attribute("beta", 1);
  HEADRACE_TRY(Tensor y, new_tensor(DType::kFloat32, dims));
  float* to = y.as_mutable<float>().data();
  multiply<double>(shape, a.data(), b.data(), call.threads, [&](int64_t row, const std::vector<double>& sums) {
    for (int64_t n = 0; n < shape.columns; ++n) {
      const double addend = c.empty() ? 0 : beta * c[static_cast<size_t>(row * c_strides[0] + n * c_strides[1])];
      to[row * shape.columns + n] = static_cast<float>(alpha * sums[static_cast<size_t>(n)] + addend);
    }
  });
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
