// Nodes that hand one of their inputs on as it is: Identity, Dropout at inference, a Cast to the same type, x * 1, and so on.
#include <algorithm>
#include <array>
#include <limits>

#include "passes/pass.h"
#include "passes/pattern.h"

namespace headrace::passes {
namespace {

struct Rule {
  std::string_view op_type;
  bool (*hands_on_first_input)(const Model& model, const Node& node);
};

bool all_are(const std::vector<int64_t>& values, int64_t value) {
  return std::all_of(values.begin(), values.end(), [value](int64_t other) { return other == value; });
}

bool always(const Model&, const Node&) { return true; }

bool has_one_input(const Model&, const Node& node) { return node.inputs().size() == 1; }

// Opset 12 and newer have an input training_mode; before that Dropout is the identity at inference.
bool is_inference_dropout(const Model&, const Node& node) {
  return node.input(2) == nullptr || uniform_constant(node.input(2)) == 0.0;
}

bool casts_to_same_type(const Model&, const Node& node) {
  const DType from = node.input(0)->dtype;
  return from != DType::kUndefined && node.int_attribute("to", 0) == static_cast<int64_t>(from);
}

bool pads_nothing(const Model&, const Node& node) {
  const auto pads = ints_operand(node, 1, "pads");
  return pads && all_are(*pads, 0);
}

bool keeps_axes(const Model&, const Node& node) {
  const auto perm = node.ints_attribute("perm");
  if (perm.empty()) return node.input(0)->shape && node.input(0)->shape->size() <= 1;  // the default reverses the axes
  for (size_t i = 0; i < perm.size(); ++i)
    if (perm[i] != static_cast<int64_t>(i)) return false;
  return true;
}

// Starts at 0 and ends "at infinity" in steps of one.
bool slices_everything(const Model&, const Node& node) {
  const auto starts = ints_operand(node, 1, "starts"), ends = ints_operand(node, 2, "ends");
  if (!starts || !ends || !all_are(*starts, 0)) return false;
  if (node.input(4) != nullptr && uniform_constant(node.input(4)) != 1.0) return false;
  constexpr int64_t kFar = std::numeric_limits<int32_t>::max();
  if (std::all_of(ends->begin(), ends->end(), [](int64_t end) { return end >= kFar; })) return true;
  const Value &x = *node.input(0), &y = *node.output();
  return x.shape && known_dims(*x.shape) && same_shape(x, y);
}

bool pools_single_elements(const Model&, const Node& node) {
  return all_are(node.ints_attribute("kernel_shape", {0}), 1) && all_are(node.ints_attribute("strides"), 1) &&
         all_are(node.ints_attribute("pads"), 0);
}

bool expands_nothing(const Model&, const Node& node) {
  const auto target = constant_ints(node.input(1));
  const auto& shape = node.input(0)->shape;
  if (!target || !shape || target->size() > shape->size()) return false;
  for (size_t i = 0; i < target->size(); ++i) {
    const Dim& dim = (*shape)[shape->size() - target->size() + i];
    if ((*target)[i] != 1 && (*target)[i] != dim.extent) return false;
  }
  return true;
}

bool tiles_once(const Model&, const Node& node) {
  const auto repeats = constant_ints(node.input(1));
  return repeats && all_are(*repeats, 1);
}

bool flattens_a_matrix(const Model&, const Node& node) {
  const auto& shape = node.input(0)->shape;
  const int64_t axis = node.int_attribute("axis", 1);
  return shape && shape->size() == 2 && (axis == 1 || axis == -1);
}

// Every dimension is copied or has the extent it had; one may be left to be computed.
bool reshapes_to_same_shape(const Model&, const Node& node) {
  const auto target = constant_ints(node.input(1));
  const auto& shape = node.input(0)->shape;
  if (!target || !shape || target->size() != shape->size()) return false;
  const bool copies_zero = node.int_attribute("allowzero", 0) == 0;
  for (size_t i = 0; i < target->size(); ++i) {
    const bool copied = (*target)[i] == 0 && copies_zero;
    if (!copied && (*target)[i] != -1 && (*target)[i] != (*shape)[i].extent) return false;
  }
  return std::count(target->begin(), target->end(), -1) <= 1;
}

constexpr std::array<Rule, 19> kRules = {{
    {"Identity", always},
    {"Dropout", is_inference_dropout},
    {"Cast", casts_to_same_type},
    {"Pad", pads_nothing},
    {"Concat", has_one_input},
    {"Sum", has_one_input},
    {"Mean", has_one_input},
    {"Max", has_one_input},
    {"Min", has_one_input},
    {"Transpose", keeps_axes},
    {"Slice", slices_everything},
    {"MaxPool", pools_single_elements},
    {"AveragePool", pools_single_elements},
    {"Expand", expands_nothing},
    {"Tile", tiles_once},
    {"Flatten", flattens_a_matrix},
    {"Reshape", reshapes_to_same_shape},
    {"Squeeze", [](const Model&, const Node& node) { return ints_operand(node, 1, "axes") == std::vector<int64_t>{}; }},
    {"Unsqueeze", [](const Model&, const Node& node) { return ints_operand(node, 1, "axes") == std::vector<int64_t>{}; }},
}};

// The constant broadcasts against `x` without enlarging it.
bool broadcasts_into(const Value& constant, const Value& x) {
  const Dims& dims = constant.constant().dims();
  if (dims.empty()) return true;
  if (!x.shape || dims.size() > x.shape->size()) return false;
  for (size_t i = 0; i < dims.size(); ++i)
    if (dims[i] != 1 && dims[i] != (*x.shape)[x.shape->size() - dims.size() + i].extent) return false;
  return true;
}

// x * 1, 1 * x, x / 1, x + 0, 0 + x, x - 0: the operand that is handed on, or nullptr.
Value* neutral_operand(const Node& node) {
  const bool product = node.is("Mul") || node.is("Div"), sum = node.is("Add") || node.is("Sub");
  if (!product && !sum) return nullptr;
  const double neutral = product ? 1 : 0;
  const size_t sides = node.is("Mul") || node.is("Add") ? 2 : 1;
  for (size_t data = 0; data < sides; ++data) {
    const Value* other = node.input(1 - data);
    if (node.input(data) != nullptr && uniform_constant(other) == neutral && broadcasts_into(*other, *node.input(data)))
      return node.input(data);
  }
  return nullptr;
}

Value* handed_on(const Model& model, const Node& node) {
  if (!node.domain.empty() || node.input(0) == nullptr || !only_first_output_used(node)) return nullptr;
  if (Value* operand = neutral_operand(node)) return operand;
  const auto rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.op_type == node.op_type; });
  return rule != kRules.end() && rule->hands_on_first_input(model, node) ? node.input(0) : nullptr;
}

}  // namespace

Result<int> eliminate_identity(Model& model, const PassContext&) {
  return rewrite_each(*model.graph, [&](Node& node) {
    Value* source = handed_on(model, node);
    return source != nullptr && unify_types(*source, *node.output()) && model.graph->bypass(&node, source);
  });
}

}  // namespace headrace::passes
