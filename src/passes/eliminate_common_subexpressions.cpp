// Equal constants become one, and so do nodes that compute the same from the same: op, attributes and inputs alike. Quantise and
// dequantise nodes stay apart, since engines look for one of them at each consumer.
#include <algorithm>
#include <cstring>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

void mix(size_t& hash, size_t more) { hash ^= more + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2); }

// Of type, shape and a few bytes from all over the tensor: equal tensors have equal hashes, and hashing 100 MB costs nothing.
size_t sampled_hash(const Tensor& tensor) {
  constexpr size_t kSamples = 64;
  size_t hash = static_cast<size_t>(tensor.dtype());
  for (const int64_t extent : tensor.dims()) mix(hash, static_cast<size_t>(extent));
  const auto bytes = tensor.bytes();
  const size_t step = bytes.size() / kSamples + 1;
  for (size_t i = 0; i < bytes.size(); i += step) mix(hash, static_cast<size_t>(bytes[i]));
  return hash;
}

template <typename T>
bool same_item(const T& a, const T& b) {
  return a == b;
}
bool same_item(const float& a, const float& b) { return std::memcmp(&a, &b, sizeof a) == 0; }  // NaN is itself, -0 is not 0
bool same_item(const Tensor& a, const Tensor& b) { return a.same_bits(b); }

bool same_attribute(const Attribute& a, const Attribute& b) {
  if (a.index() != b.index()) return false;
  return std::visit([&b](const auto& value) { return same_item(value, std::get<std::decay_t<decltype(value)>>(b)); }, a);
}

bool same_computation(const Node& a, const Node& b) {
  if (a.op_type != b.op_type || a.inputs() != b.inputs() || a.outputs().size() != b.outputs().size()) return false;
  for (size_t i = 0; i < a.outputs().size(); ++i)
    if ((a.outputs()[i] == nullptr) != (b.outputs()[i] == nullptr)) return false;
  return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && same_attribute(x.second, y.second); });
}

size_t hash_of(const Node& node) {
  size_t hash = std::hash<std::string>()(node.op_type);
  for (const Value* input : node.inputs()) mix(hash, std::hash<const Value*>()(input));
  for (const auto& attribute : node.attributes) mix(hash, std::hash<std::string>()(attribute.first));
  return hash;
}

// Nobody sees the value by its name, so that its readers can be given another.
bool replaceable(const Value* value) { return value == nullptr || (value->only_read_by_nodes() && !value->is_graph_input()); }

int merge_constants(Graph& graph) {
  std::unordered_multimap<size_t, Value*> seen;
  int merged = 0;
  for (const auto& owned : graph.values()) {
    Value* value = owned.get();
    const Tensor* tensor = constant_of(value);
    if (tensor == nullptr || value->uses().empty()) continue;
    const size_t hash = sampled_hash(*tensor);
    const auto [begin, end] = seen.equal_range(hash);
    const auto twin = std::find_if(begin, end, [&](const auto& entry) { return entry.second->constant().same_bits(*tensor); });
    if (twin == end) {
      seen.emplace(hash, value);
    } else if (replaceable(value)) {
      graph.replace_uses(value, twin->second);
      ++merged;
    }
  }
  return merged;
}

bool merge_into(Graph& graph, Node& node, const Node& twin) {
  for (size_t i = 0; i < node.outputs().size(); ++i)
    if (!replaceable(node.outputs()[i])) return false;
  for (size_t i = 0; i < node.outputs().size(); ++i)
    if (node.outputs()[i] != nullptr && !unify_types(*node.outputs()[i], *twin.outputs()[i])) return false;
  for (size_t i = 0; i < node.outputs().size(); ++i)
    if (node.outputs()[i] != nullptr) graph.replace_uses(node.outputs()[i], twin.outputs()[i]);
  graph.remove(&node);
  return true;
}

int merge_nodes(Graph& graph) {
  std::unordered_multimap<size_t, Node*> seen;
  return rewrite_each(graph, [&](Node& node) {
    if (!is_deterministic(node) || is_quantize_or_dequantize(node)) return false;
    const size_t hash = hash_of(node);
    const auto [begin, end] = seen.equal_range(hash);
    const auto twin = std::find_if(begin, end, [&](const auto& entry) { return same_computation(*entry.second, node); });
    if (twin != end) return merge_into(graph, node, *twin->second);
    seen.emplace(hash, &node);
    return false;
  });
}

}  // namespace

Result<int> eliminate_common_subexpressions(Model& model, const PassContext&) {
  const int constants = merge_constants(*model.graph);
  return constants + merge_nodes(*model.graph);
}

}  // namespace headrace::passes
