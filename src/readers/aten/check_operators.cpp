#include <map>

#include "readers/aten/converter.h"

namespace headrace::aten {
namespace {

constexpr size_t kMaxListed = 50;

struct Unknown {
  size_t count = 0;
  std::string first_source;
};

void collect(const pt2::Graph& graph, std::map<std::string, Unknown>& unknown) {
  for (const pt2::Node& node : graph.nodes) {
    const Target target = resolve(node.target);
    if (is_inlined_graph(target.op)) {
      for (const pt2::NamedArgument& input : node.inputs)
        if (const auto* inner = std::get_if<std::shared_ptr<const pt2::Graph>>(&input.value)) collect(**inner, unknown);
      continue;
    }
    if (target.entry != nullptr || is_assertion(target.op)) continue;
    Unknown& entry = unknown[node.target];
    if (entry.count++ == 0) entry.first_source = node.source;
  }
}

}  // namespace

Status check_operators(const pt2::Graph& graph) {
  std::map<std::string, Unknown> unknown;
  collect(graph, unknown);
  if (unknown.empty()) return Ok{};
  std::string message =
      unknown.size() == 1 ? "an operator is not known:" : std::to_string(unknown.size()) + " operators are not known:";
  size_t listed = 0;
  for (const auto& [target, entry] : unknown) {
    if (listed++ == kMaxListed) {
      message += "\n  and others";
      break;
    }
    message += "\n  " + target + " (" + std::to_string(entry.count) + (entry.count == 1 ? " node" : " nodes");
    message += entry.first_source.empty() ? ")" : "; " + entry.first_source + ")";
  }
  return unsupported(message + "\nexport the model to ONNX in Python instead, or write it with other operators");
}

}  // namespace headrace::aten
