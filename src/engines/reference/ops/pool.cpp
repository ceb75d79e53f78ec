#include "engines/reference/ops/pool.h"

#include <cmath>
#include <limits>
#include <string>

#include "engines/reference/ops/averages.h"
#include "engines/reference/ops/reduce.h"

namespace headrace::reference {
namespace {

template <typename T>
Tensor max_planes(const Window& window, const Tensor& x) {
  Tensor y = Tensor::allocate(x.dtype(), output_dims(window, x.dims(), x.dims()[1]));
  const T* plane = x.as<T>().data();
  T* to = y.as_mutable<T>().data();
  constexpr T kLeast =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
  for (int64_t i = 0; i < x.dims()[0] * x.dims()[1]; ++i, plane += window.height.in * window.width.in)
    for (int64_t oh = 0; oh < window.height.out; ++oh)
      for (int64_t ow = 0; ow < window.width.out; ++ow) {
        T best = kLeast;
        for_each_tap(window, oh, ow, [&](int64_t ih, int64_t iw) { best = std::max(best, plane[ih * window.width.in + iw]); });
        *to++ = best;
      }
  return y;
}

Status check_planes(const Dims& dims) {
  if (dims.size() >= 3) return Ok{};
  return invalid_model("it wants an input [N, C, spatial...], not one of shape " + to_string(dims));
}

}  // namespace

Result<Tensors> max_pool(const OpCall& call) {
  const Tensor& x = call.input();
  if (call.node.int_attribute("storage_order", 0) != 0) return unsupported("the reference engine knows storage_order 0 only");
  HEADRACE_TRY(const Window window, window_of(call.node, x.dims(), {}));
  switch (x.dtype()) {
    case DType::kFloat32: return Tensors{max_planes<float>(window, x)};
    case DType::kUint8: return Tensors{max_planes<uint8_t>(window, x)};
    case DType::kInt8: return Tensors{max_planes<int8_t>(window, x)};
    default: return unsupported("the reference engine does not pool " + std::string(to_string(x.dtype())));
  }
}

Result<Tensors> average_pool(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_TRY(const auto averages, (window_averages<double>(call.node, call.input().dims(), x.data())));
  return Tensors{means_of(averages)};
}

Result<Tensors> global_average_pool(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  const Dims& dims = call.input().dims();
  HEADRACE_CHECK(check_planes(dims));
  return Tensors{means_of(axis_averages<double>(dims, spatial_axes(dims), true, x.data()))};
}

Result<Tensors> global_max_pool(const OpCall& call) {
  HEADRACE_TRY(const auto x, floats(call, 0));
  HEADRACE_CHECK(check_planes(call.input().dims()));
  return Tensors{reduce_with(call.input().dims(), spatial_axes(call.input().dims()), true, x, ReduceKind::kMax)};
}

}  // namespace headrace::reference
