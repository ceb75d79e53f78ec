#include "readers/aten/table.h"

#include <unordered_map>

namespace headrace::aten {
namespace {

std::unordered_map<std::string_view, const Entry*> all_entries() {
  std::unordered_map<std::string_view, const Entry*> entries;
  for (const auto family :
       {activation_ops(), attention_ops(), conv_ops(), create_ops(), elementwise_ops(), index_ops(), linear_ops(), norm_ops(),
        pool_ops(), quantized_ops(), recurrent_ops(), reduce_ops(), resize_ops(), shape_ops(), symbolic_ops()})
    for (const Entry& entry : family) entries.emplace(entry.op, &entry);
  return entries;
}

}  // namespace

const Entry* find_entry(std::string_view op) {
  static const auto entries = all_entries();
  const auto found = entries.find(op);
  return found == entries.end() ? nullptr : found->second;
}

}  // namespace headrace::aten
