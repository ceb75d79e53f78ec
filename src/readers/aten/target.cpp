#include "readers/aten/target.h"

#include <algorithm>
#include <array>

namespace headrace::aten {
namespace {

constexpr std::string_view kPrefix = "torch.ops.";
constexpr std::array<std::string_view, 8> kAssertions = {"aten._assert_scalar",
                                                         "aten._assert_async",
                                                         "aten._assert_tensor_metadata",
                                                         "aten.sym_constrain_range",
                                                         "aten.sym_constrain_range_for_size",
                                                         "aten._functional_assert_scalar",
                                                         "aten._functional_assert_async",
                                                         "torch._check"};

bool is_in_place_name(std::string_view op) { return op.ends_with('_') && !op.ends_with("__"); }

}  // namespace

Target resolve(std::string_view target) {
  Target result;
  if (!target.starts_with(kPrefix)) {
    result.op = std::string(target);  // _operator.mul, math.floor
    result.entry = find_entry(result.op);
    return result;
  }
  target.remove_prefix(kPrefix.size());
  const size_t dot = target.rfind('.');
  const bool has_overload = dot != std::string_view::npos && target.find('.') != dot;
  result.op = std::string(has_overload ? target.substr(0, dot) : target);
  result.overload = has_overload ? std::string(target.substr(dot + 1)) : "";
  result.entry = find_entry(result.op);
  if (is_in_place_name(result.op)) {
    result.in_place = true;
    if (result.entry == nullptr) {
      result.op.pop_back();
      result.entry = find_entry(result.op);
    }
  }
  return result;
}

bool is_assertion(std::string_view op) { return std::find(kAssertions.begin(), kAssertions.end(), op) != kAssertions.end(); }

bool is_inlined_graph(std::string_view op) {
  return op == "higher_order.wrap_with_set_grad_enabled" || op == "higher_order.wrap_with_autocast";
}

}  // namespace headrace::aten
