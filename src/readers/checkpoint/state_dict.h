// Weights by name, as a checkpoint holds them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensor.h"

namespace headrace {

struct NamedTensor {
  std::string name;  // fully qualified: "layer1.0.conv1.weight"
  Tensor tensor;
};

struct StateDict {
  std::vector<NamedTensor> tensors;  // in the file's order
  // Where in a nested checkpoint they were found ("state_dict", "model.ema"), and the prefix taken off all names ("module.");
  // empty when neither.
  std::string found_under, stripped_prefix;
  std::string format;  // "safetensors", "PyTorch zip", "PyTorch legacy"

  const Tensor* find(std::string_view name) const;  // nullptr when there is none
};

// Reads .safetensors and the state dicts that torch.save writes, zip and legacy (before 1.6). Nothing in the file is ever
// executed: a pickle is interpreted with an allow-list of opcodes and globals. Large tensors stay in the mapped file. Errors: see
// docs; a pickled module or TorchScript archive is `unsupported`, saying what to do instead.
Result<StateDict> read_checkpoint(const std::filesystem::path& path);

}  // namespace headrace
