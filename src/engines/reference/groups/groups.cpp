#include "engines/reference/groups/groups.h"

namespace headrace::reference {

std::optional<Step> group_ending_in(const Node& last) {
  for (const auto rule : {integer_layer, integer_sum_or_product, integer_mean, activation_table})
    if (auto step = rule(last)) return step;
  return std::nullopt;
}

}  // namespace headrace::reference
