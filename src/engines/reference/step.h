// One step of a program.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engines/reference/ops/op.h"

namespace headrace::reference {

// What one step does: it reads some values and computes all outputs of `node`, the last node of the group.
struct Step {
  const Node* node = nullptr;
  std::vector<const Value*> inputs;  // nullptr: an optional input that is left out
  std::function<Result<Tensors>(std::span<const Tensor> inputs, int threads)> run;
};

}  // namespace headrace::reference
