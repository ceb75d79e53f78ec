// Convolution, its transpose and the matrix product in float64, straight from their definitions: the oracle for folded weights.
// One spatial axis, stride 1, no padding.
#pragma once

#include <vector>

#include "base/tensor.h"

namespace headrace::testing {

using Doubles = std::vector<double>;  // row-major

inline double at(const Tensor& tensor, size_t index) { return static_cast<double>(tensor.as<float>()[index]); }

// x [C, L], w [M, C/g, K], bias [M] or undefined; gives [M, L-K+1].
inline Doubles conv(const Tensor& x, const Tensor& w, const Tensor& bias, int64_t groups) {
  const int64_t length = x.dims()[1], m = w.dims()[0], cg = w.dims()[1], k = w.dims()[2], out = length - k + 1;
  Doubles y;
  for (int64_t o = 0; o < m; ++o)
    for (int64_t p = 0; p < out; ++p) {
      double sum = bias.defined() ? at(bias, static_cast<size_t>(o)) : 0;
      const int64_t first = o / (m / groups) * cg;  // channel that the group starts with
      for (int64_t c = 0; c < cg; ++c)
        for (int64_t i = 0; i < k; ++i)
          sum += at(x, static_cast<size_t>((first + c) * length + p + i)) * at(w, static_cast<size_t>((o * cg + c) * k + i));
      y.push_back(sum);
    }
  return y;
}

// x [C, L], w [C, M/g, K], bias [M] or undefined; gives [M, L+K-1].
inline Doubles conv_transpose(const Tensor& x, const Tensor& w, const Tensor& bias, int64_t groups) {
  const int64_t c_all = x.dims()[0], length = x.dims()[1], mg = w.dims()[1], k = w.dims()[2], m = mg * groups,
                out = length + k - 1;
  Doubles y(static_cast<size_t>(m * out), 0.0);
  for (int64_t c = 0; c < c_all; ++c)
    for (int64_t j = 0; j < mg; ++j)
      for (int64_t p = 0; p < length; ++p)
        for (int64_t i = 0; i < k; ++i)
          y[static_cast<size_t>((c / (c_all / groups) * mg + j) * out + p + i)] +=
              at(x, static_cast<size_t>(c * length + p)) * at(w, static_cast<size_t>((c * mg + j) * k + i));
  for (size_t i = 0; bias.defined() && i < y.size(); ++i) y[i] += at(bias, i / static_cast<size_t>(out));
  return y;
}

// x [R, K], w [K, N] or transposed [N, K], bias of N, one or no elements; gives [R, N].
inline Doubles gemm(const Tensor& x, const Tensor& w, const Tensor& bias, bool transposed, double alpha, double beta) {
  const auto rows = static_cast<size_t>(x.dims()[0]), depth = static_cast<size_t>(x.dims()[1]);
  const auto n = static_cast<size_t>(w.dims()[transposed ? 0 : 1]);
  Doubles y;
  for (size_t r = 0; r < rows; ++r)
    for (size_t o = 0; o < n; ++o) {
      double sum = 0;
      for (size_t i = 0; i < depth; ++i) sum += at(x, r * depth + i) * at(w, transposed ? o * depth + i : i * n + o);
      const double b = bias.defined() ? at(bias, bias.size() == 1 ? 0 : o) : 0;
      y.push_back(alpha * sum + beta * b);
    }
  return y;
}

}  // namespace headrace::testing
