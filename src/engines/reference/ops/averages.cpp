#include "engines/reference/ops/averages.h"

#include <algorithm>
#include <numeric>

namespace headrace::reference {

int64_t taps(const WindowAxis& axis, int64_t o, bool padding_too) {
  const int64_t low = padding_too ? -axis.pad_begin : 0, high = axis.in + (padding_too ? axis.pad_end : 0);
  int64_t count = 0;
  for (int64_t k = 0; k < axis.kernel; ++k) count += axis.position(o, k) >= low && axis.position(o, k) < high ? 1 : 0;
  return count;
}

Dims reduced_dims(const Dims& dims, const std::vector<int64_t>& axes, bool keep) {
  Dims reduced;
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    const bool gone = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    if (!gone || keep) reduced.push_back(gone ? 1 : dims[axis]);
  }
  return reduced;
}

Result<std::vector<int64_t>> reduction_axes(const OpCall& call) {
  const int rank = call.input().rank();
  HEADRACE_TRY(const auto given, attribute_or_input(call, "axes", 1));
  std::vector<int64_t> axes;
  if (!given || given->empty()) {
    if (call.node.int_attribute("noop_with_empty_axes", 0) != 0) return axes;
    axes.resize(static_cast<size_t>(rank));
    std::iota(axes.begin(), axes.end(), 0);
    return axes;
  }
  for (const int64_t axis : *given) {
    HEADRACE_TRY(const int64_t normal, axis_in(axis, rank));
    axes.push_back(normal);
  }
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  return axes;
}

}  // namespace headrace::reference
