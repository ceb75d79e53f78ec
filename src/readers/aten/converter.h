// An exported program's nodes as nodes of our graph, in ONNX's ops. Weights and inputs are bound by the caller beforehand.
//
// PyTorch's tensors are memory: ops in place change what others see. Here every name of the program stands for a Cell, which
// holds the value that the memory has at this point; a view knows the cell that it shows. A change in place sets the cell's
// value, and where the whole, or another view of it, is used later, it is written back into the whole.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "ir/builder.h"
#include "readers/aten/call.h"
#include "readers/aten/target.h"

namespace headrace::aten {

// Fails when the program has operators that the table does not: all of them are named, with how often and where.
Status check_operators(const pt2::Graph& graph);

class Converter final : public Names {
 public:
  explicit Converter(Graph& graph) : builder_(graph) {}

  // What the program gets from outside. `state` is a parameter's or buffer's name, which must not be changed in place where it is
  // read again; empty for what may be.
  Status bind(const std::string& name, Value* value, const std::string& state = {});
  Status bind(const std::string& name, Size size);

  // Converts all nodes. Errors: invalid_model for undefined names and arguments that do not fit; unsupported for what the
  // functions of the table cannot say, several at once, each with its node and source line.
  Status run(const pt2::Graph& graph);
  // The value of one of the graph's outputs; a symbolic integer becomes an int64 scalar.
  Result<Value*> output(const pt2::Argument& argument);

  Value* tensor(const std::string& name) override;
  Size size(const std::string& name) override;
  const pt2::TensorMeta& meta(const std::string& name) override;
  std::string expression(const std::string& name) override;

 private:
  struct Cell {
    Value* value = nullptr;
    Cell* parent = nullptr;           // what it is a view of
    const pt2::Node* view = nullptr;  // the node that made the view, and which of its outputs
    size_t output = 0;
    bool stale = false;        // the whole has changed since
    size_t last_use = 0;       // the last node that reads it, under any name
    std::string state;         // of a root: the parameter or buffer it is
    size_t names = 0;          // of a root: names in its memory
    std::vector<Cell*> views;  // of a root: all cells that show a part of it
  };

  void run_nodes(const pt2::Graph& graph);
  void convert(const pt2::Node& node);
  void inline_graph(const pt2::Node& node);
  void note_uses(const pt2::Graph& graph);
  std::vector<Value*> results_of(Call& call, const Entry& entry);
  void bind_results(const Target& target, Call& call, const std::vector<Value*>& values);
  void bind_new(const std::string& name, Value* value, const Target& target, Call& call, size_t output);
  void change(const std::string& name, Value* value);
  bool used_later(const Cell& root, const Cell& but) const;
  void write_through(Cell& changed);
  void refresh(Cell& cell);
  void define(const std::string& name, Cell* cell);
  void note_failure(const pt2::Node& node, Error error);
  void bind_placeholders(const pt2::Node& node);
  static const std::string* first_tensor(const pt2::Node& node);
  static Cell& root_of(Cell& cell);

  Builder builder_;
  std::deque<Cell> cells_;
  std::unordered_map<std::string, Cell*> names_;
  std::unordered_map<std::string, Size> sizes_;
  std::unordered_map<std::string, size_t> last_use_;
  std::vector<const pt2::Graph*> graphs_;  // the one being converted is the last
  size_t position_ = 0;
  int refreshing_ = 0;
  std::vector<Error> failures_;
};

}  // namespace headrace::aten
