// Slice, Expand, Tile.
#include <algorithm>
#include <numeric>

#include "engines/reference/ops/layout.h"
#include "engines/reference/ops/walk.h"

namespace headrace::reference {
namespace {

struct SliceOfAxis {
  int64_t begin, step, count;
};

// numpy's rules: negative positions count from the back, positions beyond the ends are clamped.
SliceOfAxis slice_axis(int64_t begin, int64_t end, int64_t step, int64_t extent) {
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  const auto place = [&](int64_t position) { return std::clamp(position < 0 ? position + extent : position, low, high); };
  // -1 as the end of a backward slice is extent - 1 for numpy as well; only a position below -extent means "to the very front".
  const int64_t from = place(begin), to = place(end);
  const int64_t span = step > 0 ? to - from : from - to, width = step > 0 ? step : -step;
  return {from, step, span > 0 ? (span - 1) / width + 1 : 0};
}

}  // namespace

Result<Tensors> slice(const OpCall& call) {
  const Tensor& x = call.input();
  HEADRACE_TRY(const auto begins, integers(call, 1));
  HEADRACE_TRY(const auto ends, integers(call, 2));
  Dims all(begins.size());
  std::iota(all.begin(), all.end(), 0);
  HEADRACE_TRY(const auto axes, integers(call, 3, all));
  HEADRACE_TRY(const auto steps, integers(call, 4, Dims(begins.size(), 1)));
  if (ends.size() != begins.size() || axes.size() != begins.size() || steps.size() != begins.size())
    return invalid_model("its starts, ends, axes and steps are not of one length");
  Dims dims = x.dims(), strides = strides_of(x.dims());
  int64_t base = 0;
  for (size_t i = 0; i < begins.size(); ++i) {
    HEADRACE_TRY(const int64_t axis, axis_in(axes[i], x.rank()));
    const auto at = static_cast<size_t>(axis);
    if (steps[i] == 0 || steps[i] == INT64_MIN) return invalid_model("a step is " + std::to_string(steps[i]));
    const SliceOfAxis part = slice_axis(begins[i], ends[i], steps[i], x.dims()[at]);
    dims[at] = part.count;
    base += part.begin * strides[at];
    strides[at] *= part.count > 1 ? part.step : 1;
  }
  HEADRACE_TRY(Tensor y, pick(x, std::move(dims), strides, base));
  return Tensors{std::move(y)};
}

Result<Tensors> expand(const OpCall& call) {
  HEADRACE_TRY(const Dims wanted, integers(call, 1));
  const auto dims = broadcast(call.input().dims(), wanted);
  if (!dims)
    return invalid_model("a tensor of shape " + to_string(call.input().dims()) + " does not broadcast to " + to_string(wanted));
  HEADRACE_TRY(Tensor y, pick(call.input(), *dims, broadcast_strides(call.input().dims(), *dims)));
  return Tensors{std::move(y)};
}

// Every axis becomes two, of which the first is broadcast: (repeats, extent).
Result<Tensors> tile(const OpCall& call) {
  HEADRACE_TRY(const Dims repeats, integers(call, 1));
  const Dims& dims = call.input().dims();
  if (repeats.size() != dims.size()) return invalid_model("its repeats " + to_string(repeats) + " do not fit " + to_string(dims));
  const Dims own = strides_of(dims);
  Dims pairs, strides, result;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    pairs.insert(pairs.end(), {repeats[axis], dims[axis]});
    strides.insert(strides.end(), {0, own[axis]});
    result.push_back(repeats[axis] * dims[axis]);
  }
  HEADRACE_TRY(const Tensor y, pick(call.input(), std::move(pairs), strides));
  return Tensors{y.reshaped(std::move(result))};
}

}  // namespace headrace::reference
