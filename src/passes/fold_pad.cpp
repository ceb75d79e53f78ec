// A Pad with zeros in front of a Conv goes into the pads of the Conv.
#include <algorithm>

#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

bool pads_with_zero(const Node& pad) {
  if (pad.string_attribute("mode", "constant") != "constant") return false;
  return pad.input(2) == nullptr || uniform_constant(pad.input(2)) == 0.0;
}

// Begins, then ends, of all `rank` axes; nullopt when they are not constant.
std::optional<std::vector<int64_t>> pads_of_all_axes(const Node& pad, size_t rank) {
  const auto pads = ints_operand(pad, 1, "pads");
  if (!pads || pad.input(3) == nullptr) return pads && pads->size() == 2 * rank ? pads : std::nullopt;
  const auto axes = constant_ints(pad.input(3));
  if (!axes || pads->size() != 2 * axes->size()) return std::nullopt;
  std::vector<int64_t> all(2 * rank, 0);
  for (size_t i = 0; i < axes->size(); ++i) {
    const int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + static_cast<int64_t>(rank) : (*axes)[i];
    if (axis < 0 || axis >= static_cast<int64_t>(rank)) return std::nullopt;
    all[static_cast<size_t>(axis)] = (*pads)[i];
    all[static_cast<size_t>(axis) + rank] = (*pads)[i + axes->size()];
  }
  return all;
}

// The pads of the spatial axes, in the order of Conv's attribute; nullopt when batch or channels are padded or anything is cut.
std::optional<std::vector<int64_t>> spatial_pads(const std::vector<int64_t>& pads, size_t rank) {
  if (std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad < 0; })) return std::nullopt;
  std::vector<int64_t> spatial;
  for (size_t i = 0; i < pads.size(); ++i) {
    if (i % rank >= 2) spatial.push_back(pads[i]);
    else if (pads[i] != 0) return std::nullopt;
  }
  return spatial;
}

bool fold(Graph& graph, Node& conv) {
  const Value* padded = conv.input(0);
  const Node* pad = padded == nullptr ? nullptr : padded->producer();
  const Value* weights = conv.input(1);
  if (pad == nullptr || !pad->is("Pad") || !pads_with_zero(*pad)) return false;
  if (weights == nullptr || !weights->shape || weights->shape->size() < 3) return false;
  const std::string auto_pad = conv.string_attribute("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID") return false;

  const size_t rank = weights->shape->size();
  const auto all = pads_of_all_axes(*pad, rank);
  auto pads = all ? spatial_pads(*all, rank) : std::nullopt;
  if (!pads) return false;
  const auto own = auto_pad == "VALID" ? std::vector<int64_t>{} : conv.ints_attribute("pads");
  if (!own.empty() && own.size() != pads->size()) return false;
  for (size_t i = 0; i < own.size(); ++i) (*pads)[i] += own[i];
  conv.attributes.erase("auto_pad");
  conv.attributes["pads"] = std::move(*pads);
  graph.set_input(&conv, 0, pad->input(0));  // the Pad stays for its other readers, if it has any
  return true;
}

}  // namespace

Result<int> fold_pad(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) { return node.is("Conv") && fold(*model.graph, node); });
}

}  // namespace headrace::passes
