#include "readers/aten/converter.h"

#include <algorithm>
#include <exception>
#include <limits>

#include "readers/aten/shapes.h"
#include "readers/aten/views.h"

namespace headrace::aten {
namespace {

constexpr size_t kMaxFailures = 20;
constexpr size_t kEnd = std::numeric_limits<size_t>::max();
constexpr int kMaxRefreshes = 100;

// Calls `use(name)` for every tensor that an argument names.
template <typename OnName>
void each_tensor(const pt2::Argument& argument, const OnName& use) {
  if (const auto* tensor = std::get_if<pt2::TensorName>(&argument)) use(tensor->name);
  if (const auto* list = std::get_if<pt2::TensorNames>(&argument))
    for (const std::string& name : list->names) use(name);
}

std::string where(const pt2::Node& node) {
  const std::vector<std::string> names = Call::output_names(node);
  std::string text = node.target;
  if (!names.empty() && !names.front().empty()) text += " '" + names.front() + "'";
  return node.source.empty() ? text : text + " (" + node.source + ")";
}

bool same_layout(const pt2::TensorMeta& a, const pt2::TensorMeta& b) { return a.strides == b.strides && a.offset == b.offset; }

}  // namespace

Status Converter::bind(const std::string& name, Value* value, const std::string& state) {
  if (names_.contains(name)) return invalid_model("two inputs of the graph are called '" + name + "'");
  cells_.emplace_back();
  cells_.back().value = value;
  cells_.back().state = state;
  define(name, &cells_.back());
  return Ok{};
}

Status Converter::bind(const std::string& name, Size size) {
  if (!sizes_.emplace(name, std::move(size)).second) return invalid_model("two inputs of the graph are called '" + name + "'");
  return Ok{};
}

void Converter::define(const std::string& name, Cell* cell) {
  if (!names_.emplace(name, cell).second) malformed("the name '" + name + "' is defined twice");
  Cell& root = root_of(*cell);
  ++root.names;
  if (const auto use = last_use_.find(name); use != last_use_.end()) cell->last_use = std::max(cell->last_use, use->second);
  if (cell != &root) root.views.push_back(cell);
}

Converter::Cell& Converter::root_of(Cell& cell) {
  Cell* root = &cell;
  while (root->parent != nullptr) root = root->parent;
  return *root;
}

Value* Converter::tensor(const std::string& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) malformed("nothing before it computes '" + name + "'");
  if (found->second->stale) refresh(*found->second);
  return found->second->value;
}

Size Converter::size(const std::string& name) {
  if (const auto found = sizes_.find(name); found != sizes_.end()) return found->second;
  for (auto graph = graphs_.rbegin(); graph != graphs_.rend(); ++graph)
    if (const auto found = (*graph)->integers.find(name); found != (*graph)->integers.end() && found->second.known())
      return Size::known(found->second.extent);
  malformed("nothing before it computes '" + name + "'");
}

const pt2::TensorMeta& Converter::meta(const std::string& name) {
  for (auto graph = graphs_.rbegin(); graph != graphs_.rend(); ++graph)
    if (const auto found = (*graph)->tensors.find(name); found != (*graph)->tensors.end()) return found->second;
  malformed("the file does not say what '" + name + "' is");
}

std::string Converter::expression(const std::string& name) {
  for (auto graph = graphs_.rbegin(); graph != graphs_.rend(); ++graph)
    if (const auto found = (*graph)->integers.find(name); found != (*graph)->integers.end())
      return found->second.known() ? std::to_string(found->second.extent) : found->second.symbol;
  return {};
}

void Converter::note_uses(const pt2::Graph& graph) {
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (const pt2::NamedArgument& input : graph.nodes[i].inputs)
      each_tensor(input.value, [&](const std::string& name) { last_use_[name] = i; });
  for (const pt2::Argument& output : graph.outputs) each_tensor(output, [&](const std::string& name) { last_use_[name] = kEnd; });
}

Status Converter::run(const pt2::Graph& graph) {
  note_uses(graph);
  for (auto& [name, cell] : names_)
    if (const auto use = last_use_.find(name); use != last_use_.end()) cell->last_use = use->second;
  try {
    run_nodes(graph);
  } catch (Refused& refused) {
    return std::move(refused.error);
  }
  if (failures_.empty()) return Ok{};
  if (failures_.size() == 1) return std::move(failures_.front());
  std::string message =
      std::to_string(failures_.size()) + (failures_.size() == kMaxFailures ? " or more" : "") + " nodes cannot be read:";
  for (const Error& failure : failures_) message += "\n  " + failure.describe();
  return Error{failures_.front().code, std::move(message), {}};
}

void Converter::run_nodes(const pt2::Graph& graph) {
  graphs_.push_back(&graph);
  for (size_t i = 0; i < graph.nodes.size() && failures_.size() < kMaxFailures; ++i) {
    const pt2::Node& node = graph.nodes[i];
    position_ = i;
    builder_.set_scope(node.module);
    try {
      convert(node);
    } catch (Refused& refused) {
      note_failure(node, std::move(refused.error));
    } catch (const std::exception&) {  // an index past the end of a list that the file gives
      note_failure(node, invalid_model("its arguments do not fit together"));
    }
  }
}

// Nodes behind it are converted all the same, so that one look at the message tells everything that is missing.
void Converter::note_failure(const pt2::Node& node, Error error) {
  const bool fatal = error.code != ErrorCode::kUnsupported;
  failures_.push_back(std::move(error).at(where(node)));
  if (fatal) throw Refused{std::move(failures_.back())};
  bind_placeholders(node);
}

void Converter::bind_placeholders(const pt2::Node& node) {
  for (const std::string& name : Call::output_names(node)) {
    if (name.empty() || names_.contains(name)) continue;
    Value* value = builder_.graph().add_value(builder_.unique_name(name));
    value->dtype = meta(name).dtype;
    value->shape = meta(name).sizes;
    cells_.emplace_back();
    cells_.back().value = value;
    define(name, &cells_.back());
  }
  for (const pt2::Argument& output : node.outputs)
    if (const auto* integer = std::get_if<pt2::Integer>(&output))
      sizes_.emplace(integer->name, Size::value_of(builder_.ints({0}), integer->name));
}

void Converter::convert(const pt2::Node& node) {
  const Target target = resolve(node.target);
  if (is_assertion(target.op)) return;
  if (is_inlined_graph(target.op)) return inline_graph(node);
  if (target.entry == nullptr) refuse("the operator is not known");
  Call call(builder_, *this, node, target.op, target.overload);
  const std::vector<Value*> values = results_of(call, *target.entry);
  if (!values.empty()) bind_results(target, call, values);
}

std::vector<Value*> Converter::results_of(Call& call, const Entry& entry) {
  entry.convert(call);
  if (const std::vector<std::string> left = call.arguments_left(); !left.empty())
    refuse("its argument '" + left.front() + "' is given and not understood");
  for (const pt2::Argument& output : call.node().outputs) {
    const auto* integer = std::get_if<pt2::Integer>(&output);
    if (integer == nullptr || integer->name.empty()) continue;
    if (!call.taken_integer()) refuse("it computes a symbolic number that is not understood");
    if (!sizes_.emplace(integer->name, *call.taken_integer()).second)
      malformed("the name '" + integer->name + "' is defined twice");
  }
  std::vector<Value*> values = call.taken_results();
  const std::vector<std::string> names = Call::output_names(call.node());
  for (size_t i = 0; i < values.size() && i < names.size(); ++i) {
    if (values[i] == nullptr || names[i].empty()) continue;
    const pt2::TensorMeta& meta = call.meta(i);
    if (meta.dtype == DType::kUndefined)
      refuse("tensors of PyTorch's scalar type " + std::to_string(meta.scalar_type) + " (complex?) are not read");
    values[i] = builder_.cast(values[i], meta.dtype);
    if (!values[i]->is_constant() && !values[i]->is_graph_input()) values[i]->shape = meta.sizes;
  }
  return values;
}

const std::string* Converter::first_tensor(const pt2::Node& node) {
  if (node.inputs.empty()) return nullptr;
  const auto* tensor = std::get_if<pt2::TensorName>(&node.inputs.front().value);
  return tensor == nullptr ? nullptr : &tensor->name;
}

void Converter::bind_results(const Target& target, Call& call, const std::vector<Value*>& values) {
  const std::vector<std::string> names = Call::output_names(call.node());
  const std::string* self = first_tensor(call.node());
  if (target.in_place && self != nullptr) {
    change(*self, values.front());
    if (!names.empty() && !names.front().empty()) define(names.front(), names_.at(*self));
    return;
  }
  for (size_t i = 0; i < values.size() && i < names.size(); ++i)
    if (values[i] != nullptr && !names[i].empty()) bind_new(names[i], values[i], target, call, i);
}

void Converter::bind_new(const std::string& name, Value* value, const Target& target, Call& call, size_t output) {
  const std::string* self = first_tensor(call.node());
  if (!is_view(target.op) || self == nullptr) {
    cells_.emplace_back();
    cells_.back().value = value;
    return define(name, &cells_.back());
  }
  Cell* parent = names_.at(*self);
  if (may_return_its_argument(target.op)) {
    if (value == parent->value && same_layout(meta(name), meta(*self))) return define(name, parent);
    parent = nullptr;  // a copy
  }
  cells_.emplace_back();
  Cell& cell = cells_.back();
  cell.value = value;
  cell.parent = parent;
  cell.view = &call.node();
  cell.output = output;
  define(name, &cell);
}

// A change of a parameter or buffer would have to outlive the call, which an ONNX graph cannot say. It makes no difference where
// nothing reads what was changed (the counter of a normalisation).
void Converter::change(const std::string& name, Value* value) {
  Cell& cell = *names_.at(name);
  Cell& root = root_of(cell);
  if (!root.state.empty()) {
    if (root.last_use != position_ || root.names > 1 || graphs_.size() > 1)
      refuse("it changes '" + root.state + "', which must keep its value from call to call: export the model in eval mode");
  }
  cell.value = value;
  if (used_later(root, cell)) write_through(cell);
}

// Within an inlined graph the caller's uses are not known, and each counts.
bool Converter::used_later(const Cell& root, const Cell& but) const {
  if (graphs_.size() > 1) return &root != &but || !root.views.empty();
  if (&root != &but && root.last_use > position_) return true;
  return std::any_of(root.views.begin(), root.views.end(),
                     [&](const Cell* view) { return view != &but && view->last_use > position_; });
}

void Converter::write_through(Cell& changed) {
  Cell& root = root_of(changed);
  for (Cell* view : root.views) view->stale = true;
  changed.stale = false;
  for (Cell* cell = &changed; cell->parent != nullptr; cell = cell->parent) {
    const Target target = resolve(cell->view->target);
    Call call(builder_, *this, *cell->view, target.op, target.overload);
    Value* whole = written_back(call, cell->output, cell->parent->value, cell->value);
    whole->dtype = cell->parent->value->dtype;
    if (!whole->is_constant()) whole->shape = cell->parent->value->shape;
    cell->parent->value = whole;
    cell->parent->stale = false;
  }
}

// The view is taken once more, of the whole as it is now.
void Converter::refresh(Cell& cell) {
  if (++refreshing_ > kMaxRefreshes) refuse("views of views are changed in place, more than 100 deep");
  const Target target = resolve(cell.view->target);
  Call call(builder_, *this, *cell.view, target.op, target.overload);
  cell.stale = false;
  cell.value = results_of(call, *target.entry).at(cell.output);
  --refreshing_;
}

void Converter::inline_graph(const pt2::Node& node) {
  if (graphs_.size() > 32) refuse("graphs within graphs, more than 32 deep");
  const pt2::Graph* inner = nullptr;
  std::vector<const pt2::Argument*> arguments;
  for (const pt2::NamedArgument& input : node.inputs) {
    if (const auto* graph = std::get_if<std::shared_ptr<const pt2::Graph>>(&input.value)) inner = graph->get();
    else if (inner != nullptr) arguments.push_back(&input.value);
  }
  if (inner == nullptr || arguments.size() != inner->inputs.size()) malformed("the arguments of its graph do not fit it");

  // Names within hide those without; memory that comes from without counts as used later.
  auto outer_names = names_;
  auto outer_sizes = sizes_;
  auto outer_uses = std::exchange(last_use_, {});
  const size_t outer_position = position_;
  names_.clear();
  sizes_.clear();
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (const auto* tensor = std::get_if<pt2::TensorName>(&inner->inputs[i])) {
      const auto* given = std::get_if<pt2::TensorName>(arguments[i]);
      if (given == nullptr || !outer_names.contains(given->name)) malformed("the arguments of its graph do not fit it");
      names_.emplace(tensor->name, outer_names.at(given->name));
    } else if (const auto* integer = std::get_if<pt2::Integer>(&inner->inputs[i])) {
      const auto* given = std::get_if<pt2::Integer>(arguments[i]);
      if (given == nullptr) malformed("the arguments of its graph do not fit it");
      sizes_.emplace(integer->name, given->name.empty() ? Size::known(given->value) : outer_sizes.at(given->name));
    }
  }
  note_uses(*inner);
  run_nodes(*inner);
  graphs_.pop_back();
  const std::vector<std::string> outputs = Call::output_names(node);
  std::vector<Cell*> cells;
  for (const pt2::Argument& output : inner->outputs)
    each_tensor(output, [&](const std::string& name) {
      const auto found = names_.find(name);
      cells.push_back(found == names_.end() ? nullptr : found->second);
    });
  names_ = std::move(outer_names);
  sizes_ = std::move(outer_sizes);
  last_use_ = std::move(outer_uses);
  position_ = outer_position;
  if (cells.size() < outputs.size()) refuse("what its graph returns is not understood");
  for (size_t i = 0; i < outputs.size(); ++i)
    if (!outputs[i].empty() && cells[i] != nullptr) define(outputs[i], cells[i]);
}

Result<Value*> Converter::output(const pt2::Argument& argument) {
  try {
    if (const auto* tensor = std::get_if<pt2::TensorName>(&argument)) return this->tensor(tensor->name);
    if (const auto* integer = std::get_if<pt2::Integer>(&argument)) {
      const Size size = integer->name.empty() ? Size::known(integer->value) : this->size(integer->name);
      builder_.set_scope({});
      return builder_.op("Squeeze", {size.emit(builder_), builder_.ints({0})});
    }
  } catch (Refused& refused) {
    return std::move(refused.error);
  }
  return unsupported("an output is neither a tensor nor an integer");
}

}  // namespace headrace::aten
