#include "engines/reference/ops/softmax.h"

#include <algorithm>
#include <cmath>

namespace headrace::reference {
namespace {

// One line of `count` values, `step` apart.
void softmax_line(const float* x, int64_t count, int64_t step, bool log, float* y) {
  float most = x[0];
  for (int64_t i = 1; i < count; ++i) most = std::max(most, x[i * step]);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += std::exp(static_cast<double>(x[i * step]) - most);
  for (int64_t i = 0; i < count; ++i) {
    const double above = static_cast<double>(x[i * step]) - most;
    y[i * step] = static_cast<float>(log ? above - std::log(sum) : std::exp(above) / sum);
  }
}

}  // namespace

Result<Tensors> softmax(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  const Dims& dims = call.input().dims();
  const bool one_axis = call.opset >= 13;
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", one_axis ? -1 : 1), call.input().rank()));
  const auto at = static_cast<size_t>(axis);
  const int64_t outer = product(dims, 0, at);
  const int64_t count = one_axis ? dims[at] : product(dims, at), inner = one_axis ? product(dims, at + 1) : 1;
  Tensor y = Tensor::allocate(DType::kFloat32, dims);
  float* to = y.as_mutable<float>().data();
  for (int64_t o = 0; o < outer && count > 0; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      const int64_t begin = o * count * inner + i;
      softmax_line(x.data() + begin, count, inner, call.node.is("LogSoftmax"), to + begin);
    }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
