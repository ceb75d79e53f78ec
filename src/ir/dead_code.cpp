#include "ir/dead_code.h"

#include <algorithm>
#include <map>

namespace headrace {

int remove_dead_code(Graph& graph) {
  std::map<const Node*, bool> dead;
  const auto needed = [&](const Value* value) {
    if (value == nullptr) return false;
    const auto alive = [&](const Use& use) { return !dead.contains(use.node); };
    return !value->only_read_by_nodes() || std::any_of(value->uses().begin(), value->uses().end(), alive);
  };
  for (auto node = graph.nodes().rbegin(); node != graph.nodes().rend(); ++node) {  // readers come before what they read
    const auto& outputs = (*node)->outputs();
    if (std::none_of(outputs.begin(), outputs.end(), needed)) dead[node->get()] = true;
  }
  graph.remove_if(dead);
  const auto unused_constant = [](const auto& value) {
    return value->is_constant() && value->uses().empty() && value->only_read_by_nodes() && !value->is_graph_input();
  };
  const auto constants = std::count_if(graph.values().begin(), graph.values().end(), unused_constant);
  graph.remove_unused_values();
  return static_cast<int>(dead.size()) + static_cast<int>(constants);
}

}  // namespace headrace
