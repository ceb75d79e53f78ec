#include "ir/model.h"

#include <algorithm>
#include <cassert>
#include <queue>
#include <unordered_map>
#include <unordered_set>

namespace headrace {
namespace {

template <typename T>
const T* get_attribute(const Node& node, std::string_view key) {
  const Attribute* attribute = node.attribute(key);
  return attribute == nullptr ? nullptr : std::get_if<T>(attribute);
}

}  // namespace

void Value::set_constant(Tensor tensor) {
  dtype = tensor.dtype();
  shape = make_shape(tensor.dims());
  constant_ = std::move(tensor);
}

const Attribute* Node::attribute(std::string_view key) const {
  const auto found = attributes.find(std::string(key));
  return found == attributes.end() ? nullptr : &found->second;
}

bool Node::has_subgraph() const {
  return std::any_of(attributes.begin(), attributes.end(), [](const auto& entry) {
    const auto* opaque = std::get_if<OpaqueAttribute>(&entry.second);
    return opaque != nullptr && opaque->is_graph;
  });
}

int64_t Node::int_attribute(std::string_view key, int64_t otherwise) const {
  const auto* value = get_attribute<int64_t>(*this, key);
  return value == nullptr ? otherwise : *value;
}

float Node::float_attribute(std::string_view key, float otherwise) const {
  const auto* value = get_attribute<float>(*this, key);
  return value == nullptr ? otherwise : *value;
}

std::string Node::string_attribute(std::string_view key, std::string otherwise) const {
  const auto* value = get_attribute<std::string>(*this, key);
  if (value == nullptr) return otherwise;
  return *value;
}

std::vector<int64_t> Node::ints_attribute(std::string_view key, std::vector<int64_t> otherwise) const {
  const auto* value = get_attribute<std::vector<int64_t>>(*this, key);
  if (value == nullptr) return otherwise;
  return *value;
}

std::string Node::describe() const {
  const std::string type = domain.empty() ? op_type : domain + "." + op_type;
  if (!name.empty()) return type + " '" + name + "'";
  for (const Value* value : outputs_)
    if (value != nullptr) return type + " (which computes '" + value->name() + "')";
  return type;
}

Value* Graph::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

Value* Graph::add_value(std::string name) {
  assert(find(name) == nullptr);
  values_.push_back(std::unique_ptr<Value>(new Value(std::move(name))));
  Value* value = values_.back().get();
  by_name_.emplace(value->name(), value);
  return value;
}

std::string Graph::unique_name(std::string_view hint) const {
  std::string name(hint);
  for (int i = 1; find(name) != nullptr; ++i) name = std::string(hint) + "_" + std::to_string(i);
  return name;
}

Value* Graph::add_constant(std::string_view name_hint, Tensor tensor) {
  Value* value = add_value(unique_name(name_hint));
  value->set_constant(std::move(tensor));
  return value;
}

void Graph::add_input(Value* value) {
  value->graph_input_ = true;
  inputs_.push_back(value);
}

void Graph::add_output(Value* value) {
  value->graph_output_ = true;
  outputs_.push_back(value);
}

void Graph::set_outputs(std::vector<Value*> outputs) {
  for (Value* value : outputs_) value->graph_output_ = false;
  outputs_ = std::move(outputs);
  for (Value* value : outputs_) value->graph_output_ = true;
}

void Graph::add_use(Node* node, int index) {
  if (Value* value = node->inputs_[static_cast<size_t>(index)]) value->uses_.push_back({node, index});
}

void Graph::drop_use(Node* node, int index) {
  Value* value = node->inputs_[static_cast<size_t>(index)];
  if (value == nullptr) return;
  const auto found = std::find(value->uses_.begin(), value->uses_.end(), Use{node, index});
  assert(found != value->uses_.end());
  *found = value->uses_.back();
  value->uses_.pop_back();
}

size_t Graph::position_of(const Node* node) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [node](const auto& other) { return other.get() == node; });
  return static_cast<size_t>(found - nodes_.begin());
}

Node* Graph::place(size_t position, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs) {
  auto owned = std::make_unique<Node>();
  Node* node = owned.get();
  node->op_type = std::move(op_type);
  node->inputs_ = std::move(inputs);
  node->outputs_ = std::move(outputs);
  for (size_t i = 0; i < node->inputs_.size(); ++i) add_use(node, static_cast<int>(i));
  for (size_t i = 0; i < node->outputs_.size(); ++i) {
    Value* value = node->outputs_[i];
    if (value == nullptr) continue;
    assert(value->producer_ == nullptr && !value->is_constant());
    value->producer_ = node;
    value->output_index_ = static_cast<int>(i);
  }
  nodes_.insert(nodes_.begin() + static_cast<std::ptrdiff_t>(position), std::move(owned));
  return node;
}

Node* Graph::append(std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs) {
  return place(nodes_.size(), std::move(op_type), std::move(inputs), std::move(outputs));
}

Node* Graph::insert_before(const Node* anchor, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs) {
  return place(position_of(anchor), std::move(op_type), std::move(inputs), std::move(outputs));
}

Node* Graph::insert_after(const Node* anchor, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs) {
  return place(position_of(anchor) + 1, std::move(op_type), std::move(inputs), std::move(outputs));
}

void Graph::set_input(Node* node, size_t index, Value* value) {
  if (index >= node->inputs_.size()) node->inputs_.resize(index + 1, nullptr);
  drop_use(node, static_cast<int>(index));
  node->inputs_[index] = value;
  add_use(node, static_cast<int>(index));
}

void Graph::set_inputs(Node* node, std::vector<Value*> inputs) {
  for (size_t i = 0; i < node->inputs_.size(); ++i) drop_use(node, static_cast<int>(i));
  node->inputs_ = std::move(inputs);
  for (size_t i = 0; i < node->inputs_.size(); ++i) add_use(node, static_cast<int>(i));
}

void Graph::replace_uses(Value* from, Value* to) {
  const std::vector<Use> uses = from->uses_;
  for (const Use& use : uses) set_input(use.node, static_cast<size_t>(use.index), to);
}

void Graph::set_output(Node* node, size_t index, Value* to) {
  assert(to->producer_ == nullptr);
  if (Value* old = node->outputs_[index]) {
    old->producer_ = nullptr;
    old->output_index_ = -1;
  }
  node->outputs_[index] = to;
  to->producer_ = node;
  to->output_index_ = static_cast<int>(index);
}

bool Graph::bypass(Node* node, Value* source) {
  Value* result = node->output();
  if (result->only_read_by_nodes()) {
    replace_uses(result, source);
    remove(node);
    return true;
  }
  // The result's name must live on: the producer of the source takes the result over, if nobody else needs the source's name.
  Node* producer = source->producer();
  if (producer == nullptr || !source->only_read_by_nodes() || source->dtype != result->dtype) return false;
  const auto index = static_cast<size_t>(source->output_index());
  remove(node);
  replace_uses(source, result);
  set_output(producer, index, result);
  return true;
}

void Graph::remove(Node* node) {
  for (size_t i = 0; i < node->inputs_.size(); ++i) drop_use(node, static_cast<int>(i));
  for (Value* value : node->outputs_)
    if (value != nullptr && value->producer_ == node) {
      value->producer_ = nullptr;
      value->output_index_ = -1;
    }
  nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(position_of(node)));
}

void Graph::remove_if(const std::map<const Node*, bool>& dead) {
  const auto is_dead = [&](const std::unique_ptr<Node>& node) {
    const auto found = dead.find(node.get());
    return found != dead.end() && found->second;
  };
  for (const auto& node : nodes_) {
    if (!is_dead(node)) continue;
    for (size_t i = 0; i < node->inputs_.size(); ++i) drop_use(node.get(), static_cast<int>(i));
    for (Value* value : node->outputs_)
      if (value != nullptr) value->producer_ = nullptr, value->output_index_ = -1;
  }
  std::erase_if(nodes_, is_dead);
}

int Graph::remove_unused_values() {
  const auto unused = [](const std::unique_ptr<Value>& value) {
    return value->uses_.empty() && value->producer_ == nullptr && !value->graph_input_ && value->only_read_by_nodes();
  };
  for (const auto& value : values_)
    if (unused(value)) by_name_.erase(value->name_);
  return static_cast<int>(std::erase_if(values_, unused));
}

void Graph::rename(Value* value, std::string name) {
  assert(!value->pinned() && find(name) == nullptr);
  by_name_.erase(value->name_);
  value->name_ = std::move(name);
  by_name_.emplace(value->name_, value);
}

const Node* Graph::sort() {
  std::unordered_map<const Node*, size_t> position;
  for (size_t i = 0; i < nodes_.size(); ++i) position[nodes_[i].get()] = i;

  std::vector<size_t> waiting_for(nodes_.size(), 0);
  for (size_t i = 0; i < nodes_.size(); ++i)
    for (const Value* input : nodes_[i]->inputs_)
      if (input != nullptr && input->producer_ != nullptr) ++waiting_for[i];

  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;  // the first in the old order goes first
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (waiting_for[i] == 0) ready.push(i);
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const Value* output : nodes_[i]->outputs_) {
      if (output == nullptr) continue;
      for (const Use& use : output->uses_)
        if (--waiting_for[position.at(use.node)] == 0) ready.push(position.at(use.node));
    }
  }
  if (order.size() != nodes_.size()) {
    for (size_t i = 0; i < nodes_.size(); ++i)
      if (waiting_for[i] > 0) return nodes_[i].get();
  }
  std::vector<std::unique_ptr<Node>> sorted;
  sorted.reserve(nodes_.size());
  for (const size_t i : order) sorted.push_back(std::move(nodes_[i]));
  nodes_ = std::move(sorted);
  return nullptr;
}

int64_t Model::opset() const {
  const auto found = opsets.find("");
  return found == opsets.end() ? 0 : found->second;
}

void copy_metadata(const Model& from, Model& to) {
  to.producer_name = from.producer_name;
  to.producer_version = from.producer_version;
  to.domain = from.domain;
  to.doc = from.doc;
  to.model_version = from.model_version;
  to.metadata = from.metadata;
  to.functions = from.functions;
  to.graph->name = from.graph->name;
  to.graph->doc = from.graph->doc;
}

Model clone(const Model& model) {
  Model copy;
  copy.ir_version = model.ir_version;
  copy.opsets = model.opsets;
  copy_metadata(model, copy);

  std::unordered_map<const Value*, Value*> twin{{nullptr, nullptr}};
  for (const auto& value : model.graph->values()) {
    Value* made = copy.graph->add_value(value->name());
    made->dtype = value->dtype;
    made->shape = value->shape;
    made->opaque_type = value->opaque_type;
    if (value->is_constant()) made->set_constant(value->constant());
    if (value->pinned()) made->pin();
    twin[value.get()] = made;
  }
  const auto translate = [&](const std::vector<Value*>& values) {
    std::vector<Value*> out;
    for (const Value* value : values) out.push_back(twin.at(value));
    return out;
  };
  for (const Value* value : model.graph->inputs()) copy.graph->add_input(twin.at(value));
  for (const auto& node : model.graph->nodes()) {
    Node* made = copy.graph->append(node->op_type, translate(node->inputs()), translate(node->outputs()));
    made->domain = node->domain;
    made->overload = node->overload;
    made->name = node->name;
    made->doc = node->doc;
    made->attributes = node->attributes;
    made->annotations = node->annotations;
  }
  copy.graph->set_outputs(translate(model.graph->outputs()));
  return copy;
}

}  // namespace headrace
