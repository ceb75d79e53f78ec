// A model made ready to run: a list of steps, each a node by itself or a group of nodes that docs/numerics.md computes as one.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/error.h"
#include "engines/reference/step.h"
#include "ir/model.h"

namespace headrace::reference {

class Program {
 public:
  // Errors: unsupported, listing every op that is not known.
  static Result<Program> build(Model model);

  const Graph& graph() const { return *model_.graph; }
  // The outputs in the graph's order. Errors name the node.
  Result<Tensors> run(std::span<const Tensor> inputs, int threads) const;

 private:
  using Environment = std::map<const Value*, Tensor>;

  explicit Program(Model model) : model_(std::move(model)) {}
  void drop_unread_steps();
  void note_last_readers();
  Status run_step(size_t index, int threads, Environment& environment) const;

  Model model_;
  std::vector<Step> steps_;
  std::vector<std::vector<const Value*>> last_read_by_;  // per step: the values that nobody reads after it
};

}  // namespace headrace::reference
