#include "engines/reference/ops/reduce.h"

#include <cmath>
#include <map>
#include <string>

namespace headrace::reference {
namespace {

double start_of(ReduceKind kind) {
  switch (kind) {
    case ReduceKind::kMax: return -INFINITY;
    case ReduceKind::kMin: return INFINITY;
    case ReduceKind::kProd: return 1;
    default: return 0;
  }
}

double joined(ReduceKind kind, double so_far, double x) {
  switch (kind) {
    case ReduceKind::kMax: return x > so_far || std::isnan(x) ? x : so_far;
    case ReduceKind::kMin: return x < so_far || std::isnan(x) ? x : so_far;
    case ReduceKind::kProd: return so_far * x;
    case ReduceKind::kL2:
    case ReduceKind::kSumSquare: return so_far + x * x;
    default: return so_far + x;
  }
}

ReduceKind kind_of(const Node& node) {
  static const std::map<std::string_view, ReduceKind> kinds{{"ReduceMean", ReduceKind::kMean},
                                                            {"ReduceSum", ReduceKind::kSum},
                                                            {"ReduceMax", ReduceKind::kMax},
                                                            {"ReduceMin", ReduceKind::kMin},
                                                            {"ReduceProd", ReduceKind::kProd},
                                                            {"ReduceL2", ReduceKind::kL2},
                                                            {"ReduceSumSquare", ReduceKind::kSumSquare}};
  return kinds.at(node.op_type);
}

}  // namespace

Tensor means_of(const Averages<double>& averages) {
  Tensor y = Tensor::allocate(DType::kFloat32, averages.dims);
  auto to = y.as_mutable<float>();
  for (size_t i = 0; i < to.size(); ++i) to[i] = static_cast<float>(averages.sums[i] / static_cast<double>(averages.counts[i]));
  return y;
}

Tensor reduce_with(const Dims& dims, const std::vector<int64_t>& axes, bool keep, std::span<const float> x, ReduceKind kind) {
  if (kind == ReduceKind::kMean) return means_of(axis_averages<double>(dims, axes, keep, x.data()));
  const Dims kept = reduced_dims(dims, axes, true);
  std::vector<double> results(static_cast<size_t>(product(kept, 0)), start_of(kind));
  const float* from = x.data();
  walk<1>(dims, {broadcast_strides(kept, dims)}, [&](const auto& at) {
    double& result = results[static_cast<size_t>(at[0])];
    result = joined(kind, result, *from++);
  });
  Tensor y = Tensor::allocate(DType::kFloat32, reduced_dims(dims, axes, keep));
  for (size_t i = 0; i < results.size(); ++i)
    y.as_mutable<float>()[i] = static_cast<float>(kind == ReduceKind::kL2 ? std::sqrt(results[i]) : results[i]);
  return y;
}

Result<Tensors> reduce(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const std::vector<int64_t> axes, reduction_axes(call));
  if (axes.empty() && call.input().rank() > 0) return Tensors{call.input()};
  const bool keep = call.node.int_attribute("keepdims", 1) != 0;
  return Tensors{reduce_with(call.input().dims(), axes, keep, x, kind_of(call.node))};
}

Result<Tensors> arg_max(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const int64_t axis, axis_in(call.node.int_attribute("axis", 0), call.input().rank()));
  const bool last = call.node.int_attribute("select_last_index", 0) != 0;
  const Dims& dims = call.input().dims();
  const auto at = static_cast<size_t>(axis);
  const int64_t outer = product(dims, 0, at), extent = dims[at], inner = product(dims, at + 1);
  if (extent == 0) return invalid_data("there is nothing along axis " + std::to_string(axis));
  Tensor y = Tensor::allocate(DType::kInt64, reduced_dims(dims, {axis}, call.node.int_attribute("keepdims", 1) != 0));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      const float* line = x.data() + o * extent * inner + i;
      int64_t best = 0;
      for (int64_t k = 1; k < extent; ++k)
        if (line[k * inner] > line[best * inner] || (last && line[k * inner] == line[best * inner])) best = k;
      y.as_mutable<int64_t>()[static_cast<size_t>(o * inner + i)] = best;
    }
  return Tensors{std::move(y)};
}

}  // namespace headrace::reference
