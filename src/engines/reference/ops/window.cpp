#include "engines/reference/ops/window.h"

#include <algorithm>
#include <string>

namespace headrace::reference {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

Status set_auto_pads(const std::string& mode, WindowAxis& axis) {
  if (mode == "VALID") return Ok{};
  if (mode != "SAME_UPPER" && mode != "SAME_LOWER") return invalid_model("auto_pad is '" + mode + "'");
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  const int64_t total = std::max<int64_t>((ceil_div(axis.in, axis.stride) - 1) * axis.stride + reach - axis.in, 0);
  axis.pad_begin = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
  axis.pad_end = total - axis.pad_begin;
  return Ok{};
}

Status set_extent(bool ceil, WindowAxis& axis) {
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  const int64_t room = axis.in + axis.pad_begin + axis.pad_end - reach;
  if (axis.in < 1 || room < 0)
    return invalid_model("a kernel that reaches over " + std::to_string(reach) + " does not fit an extent of " +
                         std::to_string(axis.in) + " padded by " + std::to_string(axis.pad_begin + axis.pad_end));
  axis.out = (ceil ? ceil_div(room, axis.stride) : room / axis.stride) + 1;
  // A window that would begin in the padding at the end is left out.
  if (ceil && (axis.out - 1) * axis.stride >= axis.in + axis.pad_begin) --axis.out;
  return Ok{};
}

// The attribute's values, checked; `count` times `otherwise` where it is left out.
Result<Dims> values(const Node& node, std::string_view key, size_t count, int64_t otherwise, int64_t least) {
  const Dims found = node.ints_attribute(key);
  if (found.empty()) return Dims(count, otherwise);
  constexpr int64_t kMost = 1 << 30;
  if (found.size() != count || std::any_of(found.begin(), found.end(), [&](int64_t v) { return v < least || v > kMost; }))
    return invalid_model("its attribute '" + std::string(key) + "' is " + to_string(found));
  return found;
}

}  // namespace

std::pair<int64_t, int64_t> WindowAxis::inside(int64_t k) const {
  const int64_t shift = pad_begin - k * dilation;  // o * stride >= shift, o * stride < in + shift
  const int64_t first = shift > 0 ? ceil_div(shift, stride) : 0;
  const int64_t last = in + shift > 0 ? ceil_div(in + shift, stride) : 0;
  return {std::min(first, out), std::clamp(last, std::min(first, out), out)};
}

Result<Window> window_of(const Node& node, const Dims& dims, const Dims& kernel) {
  const size_t count = dims.size() - std::min<size_t>(dims.size(), 2);
  if (count != 1 && count != 2)
    return unsupported("the reference engine knows one or two spatial axes; the input is " + to_string(dims));
  HEADRACE_TRY(Dims extents, values(node, "kernel_shape", count, 0, 1));
  if (!kernel.empty()) extents = kernel;
  if (extents.size() != count || *std::min_element(extents.begin(), extents.end()) < 1)
    return invalid_model("its kernel is " + to_string(extents) + " for an input of shape " + to_string(dims));
  HEADRACE_TRY(const Dims strides, values(node, "strides", count, 1, 1));
  HEADRACE_TRY(const Dims dilations, values(node, "dilations", count, 1, 1));
  HEADRACE_TRY(const Dims pads, values(node, "pads", 2 * count, 0, 0));
  const std::string mode = node.string_attribute("auto_pad", "NOTSET");
  Window window;
  for (size_t i = 0; i < count; ++i) {
    WindowAxis& axis = i + 1 == count ? window.width : window.height;
    axis = {dims[2 + i], extents[i], strides[i], dilations[i], pads[i], pads[count + i], 0};
    if (mode != "NOTSET" && !mode.empty()) {
      axis.pad_begin = axis.pad_end = 0;
      HEADRACE_CHECK(set_auto_pads(mode, axis));
    }
    HEADRACE_CHECK(set_extent(node.int_attribute("ceil_mode", 0) != 0, axis));
  }
  return window;
}

Dims output_dims(const Window& window, const Dims& input, int64_t channels) {
  Dims dims{input[0], channels};
  if (input.size() == 4) dims.push_back(window.height.out);
  dims.push_back(window.width.out);
  return dims;
}

}  // namespace headrace::reference
