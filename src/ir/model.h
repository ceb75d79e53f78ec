// The graph that every part of Headrace works on: small, typed, with ONNX semantics.
//
// A Model owns one Graph. A Graph owns its Nodes (kept in topological order) and its Values. A Value is a tensor that
// flows: a graph input, a constant (it holds a Tensor), or the output of one Node. Names are unique within a graph.
// Nodes and Values live at stable addresses; passes rewire the pointers through Graph's methods, which keep the use
// lists right. Control-flow subgraphs, functions and unknown domains are carried as opaque bytes and written back
// untouched; a value that a subgraph captures is `pinned`: it keeps its name and stays alive.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"
#include "base/tensor.h"

namespace headrace {

class Node;
class Graph;

struct Use {
  Node* node;
  int index;  // which input of the node
  bool operator==(const Use&) const = default;
};

class Value {
 public:
  const std::string& name() const { return name_; }
  DType dtype = DType::kUndefined;
  std::optional<Shape> shape;  // nullopt: not even the rank is known
  // Serialised ONNX TypeProto for what is not a dense tensor (sequence, optional, map, sparse); empty for tensors.
  std::string opaque_type;

  // The node that computes it; nullptr for graph inputs and constants.
  Node* producer() const { return producer_; }
  int output_index() const { return output_index_; }
  // In no particular order. A node that reads the value twice is listed twice.
  const std::vector<Use>& uses() const { return uses_; }

  bool is_constant() const { return constant_.has_value(); }
  const Tensor& constant() const { return *constant_; }
  // Sets the constant's tensor, and dtype and shape with it.
  void set_constant(Tensor tensor);

  bool is_graph_input() const { return graph_input_; }
  bool is_graph_output() const { return graph_output_; }
  // Captured by a subgraph: must keep its name and stay.
  bool pinned() const { return pinned_; }
  void pin() { pinned_ = true; }
  // Nothing but `uses()` reads it: neither the caller of the model nor a subgraph.
  bool only_read_by_nodes() const { return !graph_output_ && !pinned_; }

 private:
  friend class Graph;
  explicit Value(std::string name) : name_(std::move(name)) {}
  std::string name_;
  Node* producer_ = nullptr;
  int output_index_ = -1;
  std::vector<Use> uses_;
  std::optional<Tensor> constant_;
  bool graph_input_ = false;
  bool graph_output_ = false;
  bool pinned_ = false;
};

// An attribute that we do not look into (a subgraph, a sparse tensor, a type): serialised ONNX AttributeProto.
struct OpaqueAttribute {
  std::string bytes;
  bool is_graph = false;  // holds one or several subgraphs
  bool operator==(const OpaqueAttribute&) const = default;
};

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
                               Tensor, OpaqueAttribute>;

class Node {
 public:
  std::string op_type;
  std::string domain;    // "" is ai.onnx
  std::string overload;  // of a model-local function; nearly always empty
  std::string name;      // may be empty
  std::string doc;
  std::map<std::string, Attribute> attributes;
  // What passes note for those that come after (such as "fused_activation"); never written to ONNX.
  std::map<std::string, std::string> annotations;

  // An optional input or output that is left out is nullptr.
  const std::vector<Value*>& inputs() const { return inputs_; }
  const std::vector<Value*>& outputs() const { return outputs_; }
  // nullptr as well when the node has fewer.
  Value* input(size_t index) const { return index < inputs_.size() ? inputs_[index] : nullptr; }
  Value* output(size_t index = 0) const { return index < outputs_.size() ? outputs_[index] : nullptr; }

  bool is(std::string_view op) const { return domain.empty() && op_type == op; }
  bool has_subgraph() const;
  int64_t int_attribute(std::string_view key, int64_t otherwise) const;
  float float_attribute(std::string_view key, float otherwise) const;
  std::string string_attribute(std::string_view key, std::string otherwise) const;
  std::vector<int64_t> ints_attribute(std::string_view key, std::vector<int64_t> otherwise = {}) const;
  const Attribute* attribute(std::string_view key) const;
  // "Conv 'conv1'", for messages.
  std::string describe() const;

 private:
  friend class Graph;
  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  std::string name = "main";
  std::string doc;

  const std::vector<Value*>& inputs() const { return inputs_; }
  const std::vector<Value*>& outputs() const { return outputs_; }
  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }  // topological order
  const std::vector<std::unique_ptr<Value>>& values() const { return values_; }

  Value* find(std::string_view name) const;
  // A new value. `name` must not be taken.
  Value* add_value(std::string name);
  // `hint`, or `hint_1`, `hint_2`, ... : the first that is not taken.
  std::string unique_name(std::string_view hint) const;
  Value* add_constant(std::string_view name_hint, Tensor tensor);
  void add_input(Value* value);
  void add_output(Value* value);
  // Graph outputs are removed or replaced by position (a value may stand there twice).
  void set_outputs(std::vector<Value*> outputs);

  // Appends a node; `outputs` must be values that nothing produces yet.
  Node* append(std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs);
  // The same in front of `anchor`, so that the order stays topological when the inputs are there by then.
  Node* insert_before(const Node* anchor, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs);
  Node* insert_after(const Node* anchor, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs);

  void set_input(Node* node, size_t index, Value* value);  // grows the list when index is past its end
  void set_inputs(Node* node, std::vector<Value*> inputs);
  // All nodes that read `from` read `to` instead. Graph outputs are not touched.
  void replace_uses(Value* from, Value* to);
  // Gives `node`'s output to the value `to` (a value without producer), leaving the old one without producer.
  void set_output(Node* node, size_t index, Value* to);
  // The bypass of an identity-like node: every reader of `node`'s only output reads `source` instead and the node goes.
  // Where the output is a graph output or pinned, the source takes its name when it may. Returns false, having changed
  // nothing, when it may not (both are inputs or outputs of the graph, for instance).
  bool bypass(Node* node, Value* source);
  // Removes the node; its outputs stay, without producer.
  void remove(Node* node);
  // Removes nodes for which `dead` is true in one sweep. Their outputs stay, without producer.
  void remove_if(const std::map<const Node*, bool>& dead);
  // Removes values that nothing produces, reads or shows. Returns how many.
  int remove_unused_values();
  void rename(Value* value, std::string name);  // not for pinned values; `name` must be free
  // Sorts the nodes topologically (stable). Returns a node on a cycle, or nullptr when the order is right now.
  const Node* sort();

 private:
  Node* place(size_t position, std::string op_type, std::vector<Value*> inputs, std::vector<Value*> outputs);
  size_t position_of(const Node* node) const;
  void add_use(Node* node, int index);
  void drop_use(Node* node, int index);

  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Value>> values_;
  std::map<std::string, Value*, std::less<>> by_name_;
  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
};

struct Model {
  int64_t ir_version = 10;
  std::map<std::string, int64_t> opsets;  // domain ("" is ai.onnx) to version
  std::string producer_name, producer_version, domain, doc;
  int64_t model_version = 0;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> functions;  // serialised ONNX FunctionProto, carried through
  std::unique_ptr<Graph> graph = std::make_unique<Graph>();

  // The opset of ai.onnx.
  int64_t opset() const;
};

// Gives `to` everything of `from` but what it computes, its opsets and its IR version: names, texts, metadata, local functions.
void copy_metadata(const Model& from, Model& to);
// An independent copy; constants share their bytes.
Model clone(const Model& model);

}  // namespace headrace
