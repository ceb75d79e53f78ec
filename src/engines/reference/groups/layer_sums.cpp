#include "engines/reference/groups/layer_sums.h"

#include "engines/reference/ops/convolve.h"
#include "engines/reference/ops/products.h"

namespace headrace::reference {
namespace {

using Wrapping = uint32_t;  // unsigned arithmetic wraps by definition

uint32_t bias_of(const LayerWeights& weights, size_t channel) {
  return weights.bias.empty() ? 0 : static_cast<uint32_t>(weights.bias[channel]);
}

Sums empty_sums(Dims dims, const LayerWeights& weights, size_t inner) {
  const auto count = static_cast<size_t>(product(dims, 0));
  return {std::move(dims), std::vector<int32_t>(count), inner, static_cast<size_t>(weights.channels)};
}

Result<Sums> conv_sums(const Node& node, const LayerWeights& weights, const Dims& dims, const int32_t* x, int threads) {
  HEADRACE_TRY(const ConvShape shape, conv_shape(node, dims, weights.dims));
  const auto plane = static_cast<size_t>(shape.window.height.out * shape.window.width.out);
  Sums result = empty_sums(output_dims(shape.window, dims, shape.out_channels), weights, plane);
  convolve<Wrapping>(shape, x, weights.values.data(), threads, [&](int64_t n, int64_t oc, const std::vector<Wrapping>& sums) {
    const uint32_t bias = bias_of(weights, static_cast<size_t>(oc));
    int32_t* to = result.values.data() + static_cast<size_t>(n * shape.out_channels + oc) * plane;
    for (size_t i = 0; i < plane; ++i) to[i] = static_cast<int32_t>(sums[i] + bias);
  });
  return result;
}

// One matrix product whose rows are stored one after the other.
void store_product(const MatrixShape& shape, const LayerWeights& weights, const int32_t* x, int threads, int32_t* to) {
  multiply<Wrapping>(shape, x, weights.values.data(), threads, [&](int64_t row, const std::vector<Wrapping>& sums) {
    for (size_t n = 0; n < sums.size(); ++n)
      to[static_cast<size_t>(row) * sums.size() + n] = static_cast<int32_t>(sums[n] + bias_of(weights, n));
  });
}

Result<Sums> gemm_sums(const Node& node, const LayerWeights& weights, const Dims& dims, const int32_t* x, int threads) {
  HEADRACE_TRY(const MatrixShape shape, gemm_shape(node, dims, weights.dims));
  Sums result = empty_sums({shape.rows, shape.columns}, weights, 1);
  store_product(shape, weights, x, threads, result.values.data());
  return result;
}

// The weights are one matrix: whatever batch x has is as many rows.
Result<Sums> matmul_sums(const LayerWeights& weights, const Dims& dims, const int32_t* x, int threads) {
  HEADRACE_TRY(const BatchedProduct all, matmul_shape(dims, weights.dims));
  MatrixShape shape = all.matrix;
  shape.rows *= product(all.batch, 0);
  Sums result = empty_sums(all.result, weights, 1);
  store_product(shape, weights, x, threads, result.values.data());
  return result;
}

}  // namespace

Result<Sums> layer_sums(const Node& node, const LayerWeights& weights, const Dims& dims, const std::vector<int32_t>& x,
                        int threads) {
  if (node.is("Conv")) return conv_sums(node, weights, dims, x.data(), threads);
  if (node.is("Gemm")) return gemm_sums(node, weights, dims, x.data(), threads);
  return matmul_sums(weights, dims, x.data(), threads);
}

}  // namespace headrace::reference
