#include "readers/checkpoint/find_weights.h"

#include <array>
#include <optional>
#include <unordered_set>

#include "base/printable.h"
#include "readers/checkpoint/formats.h"

namespace headrace {
namespace {

constexpr std::array<std::string_view, 15> kNames = {
    "model_ema", "state_dict_ema", "ema_state_dict",   "ema_model",   "params_ema",
    "ema",       "state_dict",     "model_state_dict", "model_state", "model",
    "net",       "network",        "module",           "params",      "weights"};
constexpr size_t kMaxDepth = 8;

struct Found {
  PickleValue dict;
  std::string path;
};

// Searches dicts; each once, since the memo lets a small pickle stand for an endless tree.
class Search {
 public:
  explicit Search(const PickleHeap& heap) : heap_(heap) {}

  std::optional<Found> find(PickleValue dict, size_t depth) {
    if (!dict.is(PickleKind::kDict) || depth > kMaxDepth || !seen_.insert(dict.index).second) return std::nullopt;
    for (const std::string_view name : kNames) {
      const auto inner = find(entry(dict, name), depth + 1);
      if (inner) return Found{inner->dict, std::string(name) + (inner->path.empty() ? "" : "." + inner->path)};
    }
    if (!holds_tensors(dict)) return std::nullopt;
    return Found{dict, {}};
  }

  bool holds_tensors(PickleValue dict) const {
    const auto items = heap_.items(dict);
    for (size_t i = 0; i + 1 < items.size(); i += 2)
      if (items[i].is(PickleKind::kString) && items[i + 1].is(PickleKind::kTensor)) return true;
    return false;
  }

 private:
  // None when there is no such entry.
  PickleValue entry(PickleValue dict, std::string_view name) const {
    const auto items = heap_.items(dict);
    for (size_t i = 0; i + 1 < items.size(); i += 2)
      if (items[i].is(PickleKind::kString) && items[i].string() == name) return items[i + 1];
    return PickleValue();
  }

  const PickleHeap& heap_;
  std::unordered_set<size_t> seen_;
};

// What to say when no known name leads to tensors.
Error nothing_found(PickleValue root, const PickleHeap& heap) {
  constexpr std::string_view kAdvice = "save the weights alone: torch.save(model.state_dict(), PATH)";
  if (!root.is(PickleKind::kDict))
    return invalid_model("the file holds " + std::string(describe(root.kind)) + ", and no dict of tensors by name; " +
                         std::string(kAdvice));
  std::string names;
  const Search search(heap);
  const auto items = heap.items(root);
  for (size_t i = 0; i + 1 < items.size() && names.size() < 1000; i += 2)
    if (items[i + 1].is(PickleKind::kDict) && search.holds_tensors(items[i + 1]))
      names += (names.empty() ? "'" : ", '") + printable(items[i].string(), 60) + "'";
  if (names.empty()) return invalid_model("the checkpoint holds no tensors by name; " + std::string(kAdvice));
  return invalid_model("it is not clear which are the weights: there are tensors under " + names + "; save one of them alone");
}

}  // namespace

Result<FoundWeights> find_weights(PickleValue root, const PickleHeap& heap) {
  auto found = Search(heap).find(root, 0);
  if (!found) return nothing_found(root, heap);
  FoundWeights weights{{}, std::move(found->path)};
  const auto items = heap.items(found->dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!items[i].is(PickleKind::kString) || !items[i + 1].is(PickleKind::kTensor)) continue;
    if (weights.entries.size() == kMaxTensors) return too_many_tensors();
    weights.entries.push_back({items[i].string(), items[i + 1].index});
  }
  return weights;
}

}  // namespace headrace
